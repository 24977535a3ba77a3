-- Replays requests that are alike but for one part, which stands in a file, one a line.
-- Arguments: what is before that part, what is after it, the file.
local before, after
local parts = {}
local place = 0

function init(args)
  before, after = args[1], args[2]
  for line in io.lines(args[3]) do parts[#parts + 1] = line end
end

function request()
  place = place % #parts + 1
  return before .. parts[place] .. after
end
