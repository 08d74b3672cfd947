// Which S3 operation a request is, from method, path and query (rest-xml has no name of the operation on the wire), and the
// bucket and key that it is about. Path style only: our endpoint is an address, so SDKs do not put the bucket into the host.

export interface S3Target {
  readonly operation: string
  readonly bucket?: string
  /** Decoded. */
  readonly key?: string
}

/** Query parameter to operation, in the order in which they are looked for; '' is what remains. */
type Table = Readonly<Record<string, readonly (readonly [parameter: string, operation: string])[]>>

const ofBucket: Table = {
  GET: [
    ['list-type', 'ListObjectsV2'],
    ['location', 'GetBucketLocation'],
    ['notification', 'GetBucketNotificationConfiguration'],
    ['versions', 'ListObjectVersions'],
    ['versioning', 'GetBucketVersioning'],
    ['uploads', 'ListMultipartUploads'],
    ['policy', 'GetBucketPolicy'],
    ['tagging', 'GetBucketTagging'],
    ['acl', 'GetBucketAcl'],
    ['', 'ListObjects'],
  ],
  PUT: [
    ['notification', 'PutBucketNotificationConfiguration'],
    ['versioning', 'PutBucketVersioning'],
    ['policy', 'PutBucketPolicy'],
    ['tagging', 'PutBucketTagging'],
    ['acl', 'PutBucketAcl'],
    ['', 'CreateBucket'],
  ],
  POST: [['delete', 'DeleteObjects']],
  DELETE: [
    ['policy', 'DeleteBucketPolicy'],
    ['tagging', 'DeleteBucketTagging'],
    ['', 'DeleteBucket'],
  ],
  HEAD: [['', 'HeadBucket']],
}

const ofObject: Table = {
  GET: [
    ['uploadId', 'ListParts'],
    ['tagging', 'GetObjectTagging'],
    ['attributes', 'GetObjectAttributes'],
    ['acl', 'GetObjectAcl'],
    ['', 'GetObject'],
  ],
  PUT: [
    ['partNumber', 'UploadPart'],
    ['tagging', 'PutObjectTagging'],
    ['acl', 'PutObjectAcl'],
    ['', 'PutObject'],
  ],
  POST: [
    ['uploads', 'CreateMultipartUpload'],
    ['uploadId', 'CompleteMultipartUpload'],
    ['select', 'SelectObjectContent'],
    ['restore', 'RestoreObject'],
  ],
  DELETE: [
    ['uploadId', 'AbortMultipartUpload'],
    ['tagging', 'DeleteObjectTagging'],
    ['', 'DeleteObject'],
  ],
  HEAD: [['', 'HeadObject']],
}

export const s3Operations: readonly string[] = [
  'ListBuckets',
  'CopyObject',
  'UploadPartCopy',
  ...[ofBucket, ofObject].flatMap((table) => Object.values(table).flatMap((rows) => rows.map(([, name]) => name))),
]

/** @param path path and query as sent; `copies`: the request bears x-amz-copy-source */
export function s3Operation(method: string, path: string, copies = false): S3Target {
  const [before = '', query = ''] = splitOnce(path, '?')
  const [rawBucket = '', rawKey = ''] = splitOnce(before.replace(/^\//, ''), '/')
  const bucket = decoded(rawBucket)
  const key = decoded(rawKey)
  if (bucket === '') return { operation: method === 'GET' ? 'ListBuckets' : '' }
  const parameters = new Set(new URLSearchParams(query).keys())
  const rows = (key === '' ? ofBucket : ofObject)[method] ?? []
  const plain = rows.find(([parameter]) => parameter === '' || parameters.has(parameter))?.[1] ?? ''
  const operation =
    copies && plain === 'PutObject' ? 'CopyObject' : copies && plain === 'UploadPart' ? 'UploadPartCopy' : plain
  return { operation, bucket, ...(key === '' ? {} : { key }) }
}

function splitOnce(text: string, at: string): [string, string] {
  const index = text.indexOf(at)
  return index < 0 ? [text, ''] : [text.slice(0, index), text.slice(index + 1)]
}

/** In a path `+` is a plus. What is no valid encoding stays as it is. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
