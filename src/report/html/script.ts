// The only script of the page, for extras: a filter, a copy button, everything unfolded for printing, and what a
// link leads to unfolded where the browser does not do so itself. The page loses nothing
// else without it. The policy in page.ts allows this very text by its hash and no other script.

export const script = `
'use strict';
const all = (selector) => Array.from(document.querySelectorAll(selector));
const filter = document.getElementById('filter');
if (filter) {
  filter.hidden = false;
  const input = filter.querySelector('input');
  input.addEventListener('input', () => {
    const wanted = input.value.trim().toLowerCase();
    for (const item of all('.overview li')) {
      const hit = item.textContent.toLowerCase().includes(wanted);
      item.hidden = !hit;
      const link = item.querySelector('a');
      const section = document.getElementById(link.getAttribute('href').slice(1));
      if (section) section.hidden = !hit;
    }
  });
}
const replay = document.getElementById('replay');
if (replay) {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = 'Copy';
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(replay.textContent);
      button.textContent = 'Copied';
    } catch {
      getSelection().selectAllChildren(replay);
      button.textContent = 'Selected';
    }
  });
  replay.closest('.replay').querySelector('p').append(button);
}
const unfoldTarget = () => {
  const target = document.getElementById(location.hash.slice(1));
  for (let node = target; node; node = node.parentElement) if (node.localName === 'details') node.open = true;
  if (target) target.scrollIntoView({ block: 'center' });
};
addEventListener('hashchange', unfoldTarget);
if (location.hash) unfoldTarget();
addEventListener('beforeprint', () => {
  for (const details of all('details.figures')) details.open = true;
});
`
