// index.html: the report for people, in one file that needs no network and no script. Its parts are in html/.

export { pageBytesMax, renderHtml } from './html/page.ts'
