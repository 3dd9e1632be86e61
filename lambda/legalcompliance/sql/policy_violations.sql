WITH latest AS (
  SELECT *, row_number() OVER (PARTITION BY object_key ORDER BY collected_at DESC, run DESC) AS newest
  FROM acl_facts
  WHERE dt = ?
)
-- Files that an account of a domain, or of the SMB server, has full control of. One
-- without a name is an account that ONTAP cannot resolve, such as a deleted one.
SELECT f.object_key, f.volume_uuid, f.security_style, f.owner, e.sid, e.name, e.permissions, e.inherited
FROM latest f
CROSS JOIN UNNEST(f.acls) AS t (e)
WHERE f.newest = 1
  AND f.status = 'COLLECTED'
  AND e.kind = 'ACCOUNT'
  AND e.type = 'ALLOWED'
  AND e.permissions = 'FULL_CONTROL'
ORDER BY f.object_key, e.name, e.sid
