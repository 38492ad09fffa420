-- Sixteen requests in one write.
init = function(args)
  local one = wrk.format("GET", wrk.path)
  local all = {}
  for i = 1, 16 do all[i] = one end
  batch = table.concat(all)
end

request = function() return batch end
