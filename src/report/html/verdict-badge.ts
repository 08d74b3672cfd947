// A verdict as sign and word; colour only underlines it.

import type { Verdict } from '../../core/verdict.ts'
import { verdictWords } from '../format.ts'
import { html, type Markup } from './markup.ts'

export function verdictBadge(verdict: Verdict): Markup {
  const { word, sign } = verdictWords[verdict]
  return html`<span class="badge ${verdict}"><span class="sign" aria-hidden="true">${sign}</span> ${word}</span>`
}
