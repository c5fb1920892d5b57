// Has an official Node client make an engine, fill it, search it and take it away again.
// Usage: VETRINA_URL=… VETRINA_SWIFTYPE_KEY=… NODE_PATH=… node node.js PACKAGE
'use strict'

const assert = require('assert')
const util = require('util')
const Client = require(process.argv[2])

const name = 'node ' + process.argv[2].replace(/\W/g, ' ').trim()
const engine = name.replace(/\W+/g, '-')
const of = { engine, documentType: 'books' }
const client = made(process.env.VETRINA_SWIFTYPE_KEY)

function made(apiKey) {
  const host = process.env.VETRINA_URL.split('//')[1]
  return new Client({ protocol: 'http', host, apiKey })
}

// Parameters are taken apart by the client, so each call gets its own.
function call(owner, method, params) {
  const ask = util.promisify(owner[method].bind(owner))
  return params === undefined ? ask() : ask(Object.assign({}, params))
}

async function failsWith(words, asked) {
  const error = await asked.then(
    () => assert.fail('a failure was expected'),
    error => error
  )
  assert.deepStrictEqual(error, { error: words })
}

function book(external_id, title, pages) {
  return {
    external_id,
    fields: [
      { name: 'title', value: title, type: 'string' },
      { name: 'pages', value: pages, type: 'integer' }
    ]
  }
}

function ids(found) {
  return found.records.books.map(one => one.external_id).sort()
}

async function eventually(ask, expected) {
  for (let n = 0; n < 100; n++) {
    if (util.isDeepStrictEqual(await ask(), expected)) return
    await new Promise(done => setTimeout(done, 50))
  }
  assert.deepStrictEqual(await ask(), expected)
}

async function main() {
  const { engines, documentTypes, documents, analytics } = client
  const created = await call(engines, 'create', { engine: { name } })
  assert.strictEqual(created.slug, engine)
  assert.strictEqual((await call(engines, 'get', { engine })).id, created.id)
  assert((await call(engines, 'list')).some(one => one.slug === engine))
  await call(documentTypes, 'create', { engine, document_type: { name: 'books' } })
  const types = await call(documentTypes, 'list', { engine })
  assert.deepStrictEqual(types.map(one => one.slug), ['books'])

  const first = Object.assign({ document: book('1', 'Lion', 90) }, of)
  assert.strictEqual((await call(documents, 'create', first)).title, 'Lion')
  const rest = Object.assign({ documents: [book('2', 'Lionheart', 300), book('3', 'Summer', 40)] }, of)
  assert.deepStrictEqual(await call(documents, 'bulkCreate', rest), [true, true])
  const change = Object.assign({ externalId: '3', fields: { pages: 42 } }, of)
  assert.strictEqual((await call(documents, 'update', change)).pages, 42)
  assert.strictEqual((await call(documents, 'get', Object.assign({ externalId: '3' }, of))).pages, 42)
  const listed = await call(documents, 'list', Object.assign({ per_page: 2 }, of))
  assert.deepStrictEqual(listed.map(one => one.external_id), ['1', '2'])

  const search = async q => ids(await call(client, 'search', { engine, q }))
  await eventually(() => search('summer'), ['3'])
  assert.deepStrictEqual(await search('lion'), ['1'])
  // By GET, so the filter stands in the query string.
  const filters = { books: { pages: { type: 'range', from: 80 } } }
  const narrowed = await call(documentTypes, 'search', Object.assign({ filters }, of))
  assert.deepStrictEqual(ids(narrowed), ['1', '2'])
  const named = { books: { title: ['Lion', 'Summer'] } }
  const chosen = await call(documentTypes, 'search', Object.assign({ filters: named }, of))
  assert.deepStrictEqual(ids(chosen), ['1', '3'])
  assert.deepStrictEqual(ids(await call(client, 'suggest', { engine, q: 'lio' })), ['1', '2'])
  await call(client, 'click', Object.assign({ q: 'lion', id: '1' }, of))
  const clicks = await call(analytics, 'clicks', Object.assign({}, of))
  assert.strictEqual(clicks[0][1], 1)
  assert.deepStrictEqual(await call(analytics, 'topQueries', { engine }), [])

  const bogus = "Record not found. No entity with id 'bogus'"
  await failsWith(bogus, call(engines, 'get', { engine: 'bogus' }))
  await failsWith(bogus, call(documents, 'get', Object.assign({ externalId: 'bogus' }, of)))
  await failsWith('Missing required parameter: document', call(documents, 'create', of))
  await failsWith('Record already exists', call(engines, 'create', { engine: { name } }))
  const signIn = 'You need to sign in or sign up before continuing.'
  await failsWith(signIn, call(made('wrong').engines, 'list'))

  await call(documents, 'destroy', Object.assign({ externalId: '1' }, of))
  const gone = await call(documents, 'bulkDestroy', Object.assign({ documents: ['2', '9'] }, of))
  assert.deepStrictEqual(gone, [true, false])
  await call(documentTypes, 'destroy', of)
  await call(engines, 'destroy', { engine })
  await failsWith(`Record not found. No entity with id '${engine}'`, call(engines, 'get', { engine }))
  console.log('complete')
}

main().catch(error => {
  console.error(error)
  process.exit(1)
})
