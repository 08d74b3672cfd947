import { expect, test } from 'vitest'
import { commandWords } from './command-words.ts'

test.for([
  ['go run ./plane --port {port}', ['go', 'run', './plane', '--port', '{port}']],
  ['  node  "my plane.mjs" --at=127.0.0.1:{port} ', ['node', 'my plane.mjs', '--at=127.0.0.1:{port}']],
  ["sh -c 'plane & wait' x", ['sh', '-c', 'plane & wait', 'x']],
  ['a"b c"d', ['ab cd']],
] as const)('%s', ([text, words]) => {
  expect(commandWords(text)).toEqual(words)
})

test.for(['', '  ', 'a "b', "a 'b", 'a && b', 'a | b', 'a > log'])('none: %s', (text) => {
  expect(commandWords(text)).toBeUndefined()
})
