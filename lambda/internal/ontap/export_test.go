package ontap

import "time"

// SetCallTime sets how long one attempt of a client may take.
func (c *Client) SetCallTime(d time.Duration) { c.callTime = d }
