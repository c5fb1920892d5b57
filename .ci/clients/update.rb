# Repaints everything of one colour, with Faraday and a gzip body, and prints what became of it.
# Usage: VETRINA_URL=… VETRINA_TRACKER=… VETRINA_KEY=… ruby update.rb FROM TO
require "base64"
require "faraday"
require "json"
require "openssl"
require "time"
require "zlib"

PATH = "/v1/update_by_query".freeze
TYPE = "application/json; charset=utf-8".freeze

# The path is signed, the query string and the body are not.
def headers(method)
  date = Time.now.httpdate
  digest = OpenSSL::HMAC.digest("SHA256", ENV.fetch("VETRINA_KEY"), [method, TYPE, date, PATH].join("\n"))
  {
    "Content-Type" => TYPE,
    "Date" => date,
    "Authorization" => "faraday #{ENV.fetch('VETRINA_TRACKER')}:#{Base64.strict_encode64(digest)}"
  }
end

def parsed(answer)
  abort "#{answer.status} #{answer.body}" unless answer.success?
  JSON.parse(answer.body)
end

from, to = ARGV
shop = Faraday.new(ENV.fetch("VETRINA_URL")) { |client| client.adapter Faraday.default_adapter }
update = {
  search: { types: ["product"], partial: { fields: { color: from } } },
  update: { fields: { color: to } }
}
gzip = { "Content-Encoding" => "gzip" }
queued = parsed(shop.patch(PATH, Zlib.gzip(JSON.generate(update)), headers("PATCH").merge(gzip)))
job = queued.fetch("status_url")[/job_id=(\d+)/, 1]

100.times do
  state = parsed(shop.get(PATH, { job_id: job }, headers("GET")))
  if state["status"] != "in progress"
    puts JSON.generate(state)
    exit
  end
  sleep 0.1
end
abort "job #{job} does not end"
