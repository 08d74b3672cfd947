// A script for a browser page, as text because the project's types know no DOM: the contrast of every visible text on what
// lies behind it, by the formula of WCAG 2. For the report's browser test only.

export interface Contrast {
  readonly measured: number
  /** Texts below AA: 4.5 to 1, or 3 to 1 where they are large. */
  readonly low: readonly string[]
}

/** Evaluates to a `Contrast`. */
export const measureContrast = `(() => {
  const parse = (color) => {
    const [red = 0, green = 0, blue = 0, alpha = 1] = (color.match(/[\\d.]+/g) ?? []).map(Number);
    return [red, green, blue, alpha];
  };
  const over = (top, below) => [0, 1, 2].map((index) => top[index] * top[3] + below[index] * (1 - top[3])).concat(1);
  const backgroundOf = (element) => {
    if (element === null) return [255, 255, 255, 1];
    const own = parse(getComputedStyle(element).backgroundColor);
    return own[3] === 1 ? own : over(own, backgroundOf(element.parentElement));
  };
  const linear = (value) => (value <= 10.31475 ? value / 3294.6 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = (color) => 0.2126 * linear(color[0]) + 0.7152 * linear(color[1]) + 0.0722 * linear(color[2]);
  const low = new Set();
  let measured = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement;
    const text = node.textContent.trim();
    if (text === '' || !element.checkVisibility({ visibilityProperty: true })) continue;
    if (element.closest('script, title, desc, .hidden') !== null) continue;
    const style = getComputedStyle(element);
    const background = backgroundOf(element);
    const color = over(parse(element instanceof SVGElement ? style.fill : style.color), background);
    const [dark, light] = [luminance(color), luminance(background)].sort((left, right) => left - right);
    const ratio = (light + 0.05) / (dark + 0.05);
    const sizePx = Number.parseFloat(style.fontSize);
    const large = sizePx >= 24 || (sizePx >= 18.66 && Number(style.fontWeight) >= 700);
    measured++;
    if (ratio < (large ? 3 : 4.5)) {
      low.add(ratio.toFixed(2) + ' "' + text.slice(0, 40) + '" in ' + element.tagName + '.' + element.getAttribute('class'));
    }
  }
  return { measured, low: [...low] };
})()`
