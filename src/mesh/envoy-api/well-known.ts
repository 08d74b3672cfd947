// The messages of protobuf itself whose JSON is not an object of their fields.

const wrapped = ['Bool', 'Bytes', 'Double', 'Float', 'Int32', 'Int64', 'String', 'UInt32', 'UInt64']

export const wrappers: ReadonlySet<string> = new Set(wrapped.map((name) => `google.protobuf.${name}Value`))

export const anyMessage = 'google.protobuf.Any'

/** In an `Any` these stand under `value`; `Empty` is an object, but so has it the JSON mapping. */
export const wellKnown: ReadonlySet<string> = new Set([
  ...wrappers,
  ...['Duration', 'Timestamp', 'FieldMask', 'Struct', 'Value', 'ListValue', 'Empty', 'Any'].map(
    (name) => `google.protobuf.${name}`,
  ),
])
