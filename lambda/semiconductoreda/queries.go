package semiconductoreda

import (
	"strconv"
	"strings"

	"github.com/fsxns3ap/guardhook/lambda/internal/athena"
)

// maxListed is how many files a list of the statistics names. Its count is that of
// all.
const maxListed = 1000

// newest is the newest record of each file as of a run: the first parameter is its
// time. Percentiles are by nearest rank, exact and in whole numbers: the same records
// give the same statistics in every run.
const newest = `WITH ranked AS (
  SELECT file_key, status, reason, cell_count, width_um, height_um,
    row_number() OVER (PARTITION BY file_key ORDER BY started DESC, run DESC) AS age
  FROM "{table}" WHERE started <= ?
), newest AS (
  SELECT file_key, status, reason, cell_count, width_um, height_um FROM ranked WHERE age = 1
)`

// summarySQL has one row.
const summarySQL = newest + `, statuses AS (
  SELECT count(*) AS total,
    count(CASE WHEN status = 'VALID' THEN 1 END) AS valid,
    count(CASE WHEN status = 'INVALID' THEN 1 END) AS invalid,
    count(CASE WHEN status NOT IN ('VALID', 'INVALID') THEN 1 END) AS not_judged
  FROM newest
), by_cells AS (
  SELECT cell_count, row_number() OVER (ORDER BY cell_count) AS place, count(*) OVER () AS n
  FROM newest WHERE status = 'VALID'
), cells AS (
  SELECT min(cell_count) AS cells_min, max(cell_count) AS cells_max, avg(cell_count) AS cells_avg,
    max(CASE WHEN 100 * (place - 1) < 95 * n AND 100 * place >= 95 * n THEN cell_count END) AS cells_p95
  FROM by_cells
), by_size AS (
  SELECT width_um, height_um, count(*) OVER () AS n,
    row_number() OVER (ORDER BY width_um) AS width_place, row_number() OVER (ORDER BY height_um) AS height_place
  FROM newest WHERE status = 'VALID' AND width_um IS NOT NULL AND height_um IS NOT NULL
), sizes AS (
  SELECT
    max(CASE WHEN 4 * (width_place - 1) < n AND 4 * width_place >= n THEN width_um END) AS width_q1,
    max(CASE WHEN 4 * (width_place - 1) < 3 * n AND 4 * width_place >= 3 * n THEN width_um END) AS width_q3,
    max(CASE WHEN 4 * (height_place - 1) < n AND 4 * height_place >= n THEN height_um END) AS height_q1,
    max(CASE WHEN 4 * (height_place - 1) < 3 * n AND 4 * height_place >= 3 * n THEN height_um END) AS height_q3
  FROM by_size
)
SELECT * FROM statuses CROSS JOIN cells CROSS JOIN sizes`

// The lists. Each row has the number of all.
const (
	outliersSQL = newest + `
SELECT file_key, width_um, height_um, count(*) OVER () AS found FROM newest
WHERE status = 'VALID' AND (width_um < ? OR width_um > ? OR height_um < ? OR height_um > ?)
ORDER BY file_key LIMIT {limit}`

	// The name of a file is what stands behind the last slash: folders are nobody's
	// violation.
	namingSQL = newest + `
SELECT file_key, count(*) OVER () AS found FROM newest
WHERE regexp_like(regexp_extract(file_key, '[^/]+$'), '[^A-Za-z0-9_.]')
ORDER BY file_key LIMIT {limit}`

	rejectedSQL = newest + `
SELECT file_key, status, reason, count(*) OVER () AS found FROM newest
WHERE status <> 'VALID'
ORDER BY file_key LIMIT {limit}`
)

// query puts the table into a statement. Its name was checked, and values are
// parameters.
func query(sql, table string, parameters ...string) athena.Query {
	sql = strings.NewReplacer("{table}", table, "{limit}", strconv.Itoa(maxListed)).Replace(sql)
	return athena.Query{SQL: sql, Parameters: parameters}
}

// text and double are literals of SQL. A double has an exponent: without, it would
// be a decimal.
func text(value string) string { return "'" + strings.ReplaceAll(value, "'", "''") + "'" }

func double(value float64) string { return strconv.FormatFloat(value, 'E', -1, 64) }
