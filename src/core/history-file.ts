// The history as a file, for everyone else: writing it during a run, reading it back, finding it in a run folder. The
// parts behind it are history-writer, -reader, -lines, -shape, -header and -migrations.

export { historyFileIn } from './history-lines.ts'
export { type HistorySummary, type HistoryVisitor, readHistory } from './history-reader.ts'
export { eventKinds } from './history-shape.ts'
export { type ClosedHistory, type HistoryWriter, type HistoryWriterOptions, openHistory } from './history-writer.ts'
