// `--open` and `--live PORT`: a page that shows the run while it goes on. Its address is printed; a browser is opened where
// there is one, and when none can be, the address is all there is.

import { type LivePageServer, serveLivePage } from '../report/live/live-server.ts'

export interface LiveOptions {
  readonly open?: boolean
  readonly live?: number
}

/** Undefined when nobody asked for it. @throws EnvironmentError when its port cannot be opened */
export async function startLive(options: LiveOptions): Promise<LivePageServer | undefined> {
  if (options.open !== true && options.live === undefined) return undefined
  const server = await serveLivePage(options.live ?? 0)
  let isTold = false
  return {
    ...server,
    begin(run) {
      server.begin(run)
      if (isTold) return
      isTold = true
      // Not before the scenarios are known to be right: a page that is gone at once helps nobody.
      process.stderr.write(`live ${server.url}\n`)
      if (options.open === true) void openBrowser(server.url)
    },
  }
}

async function openBrowser(url: string): Promise<void> {
  try {
    // Takes a tenth of a second to load, which no other command has to wait for.
    const { default: open } = await import('open')
    const browser = await open(url)
    // Without a browser the command is found, and fails later.
    browser.once('error', () => {})
    browser.unref()
  } catch {
    // The address was printed.
  }
}
