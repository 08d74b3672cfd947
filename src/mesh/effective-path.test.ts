// Each row was measured on Envoy 1.40.0; so were 800 random paths by each of nine settings.

import { expect, test } from 'vitest'
import { type EffectivePath, effectivePath, type PathSettings } from './effective-path.ts'

const dots: PathSettings = { normalizePath: true }
const merged: PathSettings = { mergeSlashes: true }
const all: PathSettings = { normalizePath: true, mergeSlashes: true, escapedSlashes: 'forward' }
const path = (text: string): EffectivePath => ({ kind: 'path', path: text })
const redirected = (location: string): EffectivePath => ({ kind: 'redirected', location })
const rejected: EffectivePath = { kind: 'rejected' }

test.each<[string, PathSettings, EffectivePath]>([
  ['/a/../b//%2f\\?x=/../y//z%2f', {}, path('/a/../b//%2f\\?x=/../y//z%2f')],
  ['/a/b#fragment', {}, rejected],
  ['/a/../b', dots, path('/b')],
  ['/../b', dots, path('/b')],
  ['/a/.%2e/%2E/b/.', dots, path('/b/')],
  ['/a/..', dots, path('/')],
  ['/a;x/../b', dots, path('/b')],
  ['/a//../b', dots, path('/a/b')],
  ['/a/...', dots, path('/a/...')],
  ['/\\a', dots, path('//a')],
  ['/%61%7e%2d%5F', dots, path('/a~-_')],
  ['/%20%2B%c3%a9%25%7C%zz%', dots, path('/%20%2B%c3%a9%25%7C%zz%')],
  ['/a|b^c<"{`}>', dots, path('/a%7Cb%5Ec%3C%22%7B%60%7D%3E')],
  ['/%%2%41', dots, path('/%%252A')],
  ['/a%00b', dots, rejected],
  ['/a%00b', merged, path('/a%00b')],
  ['//a///b//', merged, path('/a/b/')],
  ['//a?x=//', merged, path('/a?x=//')],
  ['/a//../b', merged, path('/a/../b')],
  ['///', merged, path('//')],
  ['/a%2fb', { ...dots, ...merged }, path('/a%2fb')],
  ['/a%2Fb', { escapedSlashes: 'reject' }, rejected],
  ['/a%5cb', { escapedSlashes: 'redirect' }, redirected('/a\\b')],
  ['/a%2f..%5Cb?q=%2F', { escapedSlashes: 'forward' }, path('/a/..\\b?q=%2F')],
  ['/a%252fb', all, path('/a%252fb')],
  ['/a%2f..%5cb', all, path('/b')],
  ['/%2f', all, path('//')],
  ['/A%2Fb//c/../d?q=%2F', { ...all, escapedSlashes: 'redirect' }, redirected('/A/b/d?q=%2F')],
])('%s by %o', (sent, settings, expected) => {
  expect(effectivePath(sent, settings)).toEqual(expected)
})
