-- Fragment: times.
local clock = {}

-- Return the caller's time (ms) as a number, but not more than 60 s ahead of the server's clock.
function clock.clamp(at)
  local now = redis.call('TIME')
  return math.min(tonumber(at), now[1] * 1000 + math.floor(now[2] / 1000) + 60000)
end

-- Return ms since the epoch as ISO 8601 UTC, 2026-11-23T08:00:00.000Z.
-- Source of the date's calculation: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
function clock.iso(ms)
  local days = math.floor(ms / 86400000)
  local rest = ms - days * 86400000
  local shifted = days + 719468
  local era = math.floor(shifted / 146097)
  local day_of_era = shifted - era * 146097
  local year_of_era = math.floor((day_of_era - math.floor(day_of_era / 1460) + math.floor(day_of_era / 36524)
    - math.floor(day_of_era / 146096)) / 365)
  local day_of_year = day_of_era - (365 * year_of_era + math.floor(year_of_era / 4) - math.floor(year_of_era / 100))
  local month = math.floor((5 * day_of_year + 2) / 153)
  local day = day_of_year - math.floor((153 * month + 2) / 5) + 1
  month = month < 10 and month + 3 or month - 9
  local year = year_of_era + era * 400 + (month <= 2 and 1 or 0)
  return string.format('%04d-%02d-%02dT%02d:%02d:%02d.%03dZ', year, month, day, math.floor(rest / 3600000),
    math.floor(rest / 60000) % 60, math.floor(rest / 1000) % 60, rest % 1000)
end
