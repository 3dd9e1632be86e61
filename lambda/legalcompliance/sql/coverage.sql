WITH latest AS (
  SELECT status, row_number() OVER (PARTITION BY object_key ORDER BY collected_at DESC, run DESC) AS newest
  FROM acl_facts
  WHERE dt = ?
)
-- How many files the audit has looked at, by what became of it.
SELECT status, count(*) AS files
FROM latest
WHERE newest = 1
GROUP BY status
ORDER BY status
