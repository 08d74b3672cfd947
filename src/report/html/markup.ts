// HTML that is escaped by construction: the `html` tag escapes every value that is not itself markup, so text of a user's
// can never become an element or an attribute. Output is well-formed XML too, which the tests rely on.

import { oneLine, plainText } from '../plain-text.ts'

const trusted = Symbol('markup')

export interface Markup {
  readonly [trusted]: string
}

export type Content = Markup | string | number | undefined | readonly Content[]

export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Markup {
  const parts = strings.map((text, index) => (index < values.length ? text + write(values[index]) : text))
  return { [trusted]: parts.join('') }
}

export function write(content: Content): string {
  if (content === undefined) return ''
  if (typeof content === 'string' || typeof content === 'number') return escapeHtml(String(content))
  if (trusted in content) return content[trusted]
  return content.map(write).join('')
}

/** For our own style sheet and script only: text that is markup already. */
export function verbatim(text: string): Markup {
  return { [trusted]: text }
}

/** Text that somebody else wrote, on one line and isolated, so that its writing direction ends with it. */
export function said(text: string, charsMax = 300): Markup {
  return html`<bdi>${oneLine(text, charsMax)}</bdi>`
}

function escapeHtml(text: string): string {
  return plainText(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}
