package main

import (
	"bufio"
	"encoding/json"
	"io"
	"log"
	"sync/atomic"
	"time"

	"cloud.google.com/go/pubsub/pstest"
	"google.golang.org/grpc/codes"
)

// command is one line of JSON from the test.
type command struct {
	Do string
	// fault
	Method, Kind string
	Code         codes.Code
	Left         int
	// advance, streamTimeout
	Ms int64
	// messages
	Topic string
}

// stored is a message in the broker without its data, for an independent count.
type stored struct {
	ID          string            `json:"id"`
	Attributes  map[string]string `json:"attributes"`
	OrderingKey string            `json:"orderingKey"`
	Deliveries  int               `json:"deliveries"`
	Acks        int               `json:"acks"`
}

type control struct {
	fake   *pstest.Server
	pulls  *pulls
	faults *faults
	pushes *pushes
	ahead  atomic.Int64 // how far its clock is ahead of the real one, ns
}

func newControl(fake *pstest.Server, pulls *pulls, faults *faults, pushes *pushes) *control {
	c := &control{fake: fake, pulls: pulls, faults: faults, pushes: pushes}
	fake.SetTimeNowFunc(func() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) })
	return c
}

// serve handles commands until the input ends.
func (c *control) serve(input io.Reader, output io.Writer) {
	lines := bufio.NewScanner(input)
	answers := json.NewEncoder(output)
	for lines.Scan() {
		var command command
		if err := json.Unmarshal(lines.Bytes(), &command); err != nil {
			log.Fatal(err)
		}
		if err := answers.Encode(c.obey(command)); err != nil {
			log.Fatal(err)
		}
	}
}

func (c *control) obey(command command) any {
	switch command.Do {
	case "fault":
		c.faults.set(command.Method, fault{kind: command.Kind, code: command.Code, left: command.Left})
	case "clear":
		c.faults.clear()
	case "advance": // leases end earlier
		c.ahead.Add(command.Ms * int64(time.Millisecond))
	case "break": // all streams
		c.pulls.breakAll()
	case "streamTimeout": // for streams opened from now on
		c.fake.SetStreamTimeout(time.Duration(command.Ms) * time.Millisecond)
	case "issuer": // of the tokens of push requests
		return c.pushes.issuer().address
	case "rotateKey":
		c.pushes.issuer().rotate()
	case "pushStatuses":
		return c.pushes.statuses()
	case "messages":
		return c.messages(command.Topic)
	default:
		log.Fatalf("unknown command %q", command.Do)
	}
	return "done"
}

// messages returns all messages ever published to the topic, in order.
func (c *control) messages(topic string) []stored {
	found := []stored{}
	for _, message := range c.fake.Messages() {
		if message.Topic == topic && message.Attributes[returnedTo] == "" {
			found = append(found, stored{
				ID: message.ID, Attributes: message.Attributes, OrderingKey: message.OrderingKey,
				Deliveries: message.Deliveries, Acks: message.Acks,
			})
		}
	}
	return found
}
