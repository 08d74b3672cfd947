// The names of the formats that a config may give: first how the object is cut into texts (the source), then what is made
// of each text. The parsers themselves are in src/parsers, where a test holds both lists together.

/** `s3-lines`: one text a line; `s3-text`: the whole object is one text; `ignore`: nothing is read. */
export const sourceNames = ['s3-lines', 's3-text', 'ignore'] as const

export const parserNames = ['json', 'azure-ad-event', 'g-suite-login'] as const
