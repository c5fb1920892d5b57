# Submits documents and polls their receipts as the official Ruby client does: posts the batch, posts the
# ids at once, then after 0.1, 0.2, 0.4 … s until none is pending, ten seconds in all.
# Usage: VETRINA_URL=… VETRINA_SWIFTYPE_KEY=… ruby receipts.rb
require "json"
require "net/http"

BASE = URI(ENV.fetch("VETRINA_URL"))
DOCUMENTS = "/engines/bookstore/document_types/books/documents".freeze
PATIENCE_S = 10

def call(method, path, body = nil)
  request = Net::HTTP.const_get(method).new("/api/v1#{path}.json", "Content-Type" => "application/json")
  request.basic_auth(ENV.fetch("VETRINA_SWIFTYPE_KEY"), "")
  request.body = JSON.generate(body) if body
  Net::HTTP.start(BASE.host, BASE.port) { |http| http.request(request) }
end

def expect(answer, status)
  abort "#{answer.code} #{answer.body}" unless answer.code == status.to_s
  answer.body.to_s.empty? ? nil : JSON.parse(answer.body)
end

def settled(receipts)
  ids = receipts.map { |receipt| receipt.fetch("id") }
  began = Process.clock_gettime(Process::CLOCK_MONOTONIC)
  pause = 0.1
  loop do
    polled = expect(call(:Post, "/document_receipts", { ids: ids }), 200)
    return polled if polled.none? { |receipt| receipt["status"] == "pending" }
    abort "still pending: #{polled}" if Process.clock_gettime(Process::CLOCK_MONOTONIC) - began > PATIENCE_S
    sleep pause
    pause *= 2
  end
end

def book(id, type = "string")
  { external_id: id, fields: [{ name: "title", value: "Book #{id}", type: type }] }
end

# Nobody made the type: the batch does.
documents = (1..98).map { |n| book(n.to_s) } + [book("wrong", "enum"), { fields: [] }]
accepted = expect(call(:Post, "#{DOCUMENTS}/async_bulk_create_or_update", { documents: documents }), 202)
receipts = settled(accepted.fetch("document_receipts"))
complete, failed = receipts.partition { |receipt| receipt["status"] == "complete" }
abort "#{complete.size} complete" unless complete.size == 98
errors = failed.flat_map { |receipt| receipt["errors"] }
expected = [
  "Invalid type for title: Got enum, but title is already defined as string in schema.",
  "Missing required parameter: external_id"
]
abort errors.inspect unless errors == expected
link = URI(complete.first.dig("links", "document")).path
document = expect(call(:Get, link.delete_prefix("/api/v1").delete_suffix(".json")), 200)
abort document.inspect unless document["title"] == "Book 1"
found = expect(call(:Post, "/engines/bookstore/search", { q: "98" }), 200)
abort found.inspect unless found.dig("records", "books", 0, "external_id") == "98"

{ 400 => { documents: [] }, 404 => { documents: [book("1")] } }.each do |status, body|
  path = status == 404 ? DOCUMENTS.sub("bookstore", "bogus") : DOCUMENTS
  refused = call(:Post, "#{path}/async_bulk_create_or_update", body)
  abort "#{refused.code} #{refused.body}" unless refused.code == status.to_s && JSON.parse(refused.body)["error"]
end
expect(call(:Delete, "/engines/bookstore/document_types/books"), 204)
puts "complete"
