WITH latest AS (
  SELECT *, row_number() OVER (PARTITION BY object_key ORDER BY collected_at DESC, run DESC) AS newest
  FROM acl_facts
  WHERE dt = ?
)
-- Files that groups which anybody may be in have full control of.
SELECT f.object_key, f.volume_uuid, f.security_style, f.owner, e.sid, e.name, e.permissions, e.inherited
FROM latest f
CROSS JOIN UNNEST(f.acls) AS t (e)
WHERE f.newest = 1
  AND f.status = 'COLLECTED'
  AND e.kind = 'BROAD'
  AND e.type = 'ALLOWED'
  AND e.permissions = 'FULL_CONTROL'
ORDER BY f.object_key, e.sid
