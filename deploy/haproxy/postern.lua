-- The check, for "http-request lua.postern": asks Postern, and lets the request go on with who it is, or answers it.

-- Set from the answer, or removed: a header that is missing here is the client's to forge.
local IDENTITY = {
    "x-auth-subject", "x-auth-subject-type", "x-auth-tenant", "x-auth-client-id", "x-auth-session-id", "x-auth-scope",
    "x-auth-roles", "x-auth-audience", "x-auth-email", "x-auth-name", "x-auth-amr", "x-auth-authenticated-at",
    "x-auth-expires-at", "x-auth-assertion",
}

-- Of the client's request these alone are asked with; the rest is HAProxy's own.
local ASKED_WITH = {
    "authorization", "cookie", "x-request-id", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto",
    -- They choose nothing but the form of a denial, and whether an OPTIONS request is a preflight.
    "accept", "origin", "access-control-request-method", "sec-fetch-mode", "sec-fetch-dest", "x-requested-with",
}

-- Of a denial these reach the client.
local DENIED_WITH = {
    "www-authenticate", "location", "set-cookie", "cache-control", "retry-after", "vary",
    "access-control-allow-origin", "access-control-allow-credentials", "access-control-allow-headers",
    "access-control-allow-methods", "access-control-expose-headers", "access-control-max-age",
}

-- What stands in the place of the client's credential, where the answer says so: policies with "stripCredentials".
local REPLACED = { "cookie", "authorization" }

-- HAProxy counts a header's values from 0, and Lua a list from 1.
local function pick(headers, names)
    local picked = {}
    for _, name in ipairs(names) do
        local values = headers[name]
        for index = 0, values and #values or -1 do
            picked[name] = picked[name] or {}
            table.insert(picked[name], values[index])
        end
    end
    return picked
end

local function deny(txn, status, headers)
    txn:done(txn:reply({ status = status, headers = headers }))
end

local function replace(txn, name, values)
    txn.http:req_del_header(name)
    if values and values[0] ~= "" then txn.http:req_set_header(name, values[0]) end
end

local function ask(txn)
    local headers = pick(txn.http:req_get_headers(), ASKED_WITH)
    headers["x-forwarded-method"] = { txn.f:method() }
    headers["x-forwarded-uri"] = { txn.f:pathq() }
    -- Where Postern has a "gatewaySecret":
    -- headers["x-postern-gateway"] = { os.getenv("POSTERN_GATEWAY_SECRET") }
    return core.httpclient():get({
        url = "http://postern/forward-auth/" .. txn:get_var("txn.postern_policy"),
        dst = os.getenv("POSTERN_CHECK"),
        headers = headers,
        timeout = 5000,
    })
end

core.register_action("postern", { "http-req" }, function(txn)
    local answer = ask(txn)
    local status = answer and answer.status or 0
    if status == 200 then
        for _, name in ipairs(IDENTITY) do replace(txn, name, answer.headers[name]) end
        for _, name in ipairs(REPLACED) do
            if answer.headers[name] then replace(txn, name, answer.headers[name]) end
        end
        txn:set_var("txn.postern_allowed", true)
    elseif status >= 300 and status < 404 then
        deny(txn, status, pick(answer.headers, DENIED_WITH))
    elseif status == 0 or (status >= 502 and status <= 504) then
        deny(txn, 503, { ["retry-after"] = { "1" }, ["cache-control"] = { "no-store" } })
    else
        -- Such as a policy that does not exist: no retry will mend it.
        deny(txn, 500, { ["cache-control"] = { "no-store" } })
    end
end)
