import { expect, test } from 'vitest'
import { parseLoadBalancerAddress } from './load-balancer-address.ts'

test.each([
  ['user-app:8080', { host: 'user-app', port: 8080, ipv6: false }],
  ['10.0.0.1:1', { host: '10.0.0.1', port: 1, ipv6: false }],
  ['a.b.example.:65535', { host: 'a.b.example.', port: 65535, ipv6: false }],
  ['[::1]:80', { host: '::1', port: 80, ipv6: true }],
])('%s', (text, address) => {
  expect(parseLoadBalancerAddress(text)).toEqual(address)
})

test.each([
  '',
  'user-app',
  'user-app:',
  ':80',
  'user-app:0',
  'user-app:65536',
  'user-app:80:80',
  'user-app:8080x',
  'user app:80',
  'user..app:80',
  '-app:80',
  'http://user-app:80',
  '::1:80',
  '[::1]',
  '[::1:80',
  '[fe80::1%eth0]:80',
  '[10.0.0.1]:80',
  '[]:80',
  `${'a'.repeat(254)}:80`,
])('refused: %j', (text) => {
  expect(parseLoadBalancerAddress(text)).toBeUndefined()
})
