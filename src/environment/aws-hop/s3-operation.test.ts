import { expect, test } from 'vitest'
import { s3Operation } from './s3-operation.ts'

test.each([
  ['GET', '/', 'ListBuckets'],
  ['GET', '/b?list-type=2&prefix=x', 'ListObjectsV2'],
  ['GET', '/b/?location', 'GetBucketLocation'],
  ['GET', '/b', 'ListObjects'],
  ['PUT', '/b', 'CreateBucket'],
  ['PUT', '/b?notification', 'PutBucketNotificationConfiguration'],
  ['POST', '/b?delete', 'DeleteObjects'],
  ['HEAD', '/b', 'HeadBucket'],
  ['DELETE', '/b', 'DeleteBucket'],
  ['GET', '/b/k', 'GetObject'],
  ['HEAD', '/b/k', 'HeadObject'],
  ['PUT', '/b/k?x-id=PutObject', 'PutObject'],
  ['PUT', '/b/k?partNumber=1&uploadId=u', 'UploadPart'],
  ['POST', '/b/k?uploads', 'CreateMultipartUpload'],
  ['POST', '/b/k?uploadId=u', 'CompleteMultipartUpload'],
  ['DELETE', '/b/k?uploadId=u', 'AbortMultipartUpload'],
  ['DELETE', '/b/k', 'DeleteObject'],
  ['PATCH', '/b/k', ''],
])('%s %s is %s', (method, path, operation) => {
  expect(s3Operation(method, path).operation).toBe(operation)
})

test('a copy', () => {
  expect(s3Operation('PUT', '/b/k', true).operation).toBe('CopyObject')
  expect(s3Operation('PUT', '/b/k?partNumber=1&uploadId=u', true).operation).toBe('UploadPartCopy')
})

test.each([
  ['/b/a/b/c.log', 'a/b/c.log'],
  ['/b/with%20space%2Bplus+plus', 'with space+plus+plus'],
  ['/b/%E6%97%A5%E6%9C%AC.log', '日本.log'],
  ['/b/100%', '100%'],
  ['/b//double', '/double'],
])('the key of %s', (path, key) => {
  expect(s3Operation('GET', path)).toEqual({ operation: 'GetObject', bucket: 'b', key })
})
