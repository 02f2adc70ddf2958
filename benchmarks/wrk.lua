-- For wrk: asks about another token each time.
-- Arguments: the Authorization header, and how many tokens there are.
local number, total, headers = 0, 1, {}

function init(args)
  total = tonumber(args[2])
  headers["Authorization"] = args[1]
  headers["Content-Type"] = "application/x-www-form-urlencoded"
end

function request()
  number = (number + 7919) % total
  local body = string.format("token=token-%037d&token_type_hint=access_token", number)
  return wrk.format("POST", nil, headers, body)
end

function done(summary, latency, _)
  local bad = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout
  io.write(string.format("RESULT %d %d %d %f %f\n", summary.requests, summary.duration, bad,
    latency:percentile(50), latency:percentile(99)))
end
