WITH latest AS (
  SELECT *, row_number() OVER (PARTITION BY object_key ORDER BY collected_at DESC, run DESC) AS newest
  FROM acl_facts
  WHERE dt = ?
), aged AS (
  SELECT *, date_diff('day', from_iso8601_timestamp(last_used), from_iso8601_timestamp(?)) AS days
  FROM latest
  WHERE newest = 1 AND status = 'COLLECTED'
)
-- Files that somebody may access, and that nobody has read or changed, neither the
-- contents nor the list, for a number of days.
SELECT object_key, volume_uuid, owner, last_used, modified, accessed, changed, times_source, days, cardinality(acls) AS entries
FROM aged
WHERE days > ? AND cardinality(acls) > 0
ORDER BY days DESC, object_key
