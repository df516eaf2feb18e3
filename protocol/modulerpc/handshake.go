package modulerpc

import (
	"os"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
)

// What a host puts into the environment of a module process, beside what
// go-plugin itself needs.
const (
	EnvCookie   = "LIVEAPI_MODULE_COOKIE" // tells a program that a host has started it
	EnvLaneFD   = "LIVEAPI_LANE_FD"       // the number of the lane's descriptor
	EnvLogLevel = "LIVEAPI_LOG_LEVEL"     // the least level that the host would show
)

const (
	cookieValue = "3f1a6a0c-liveapi-module-v1"

	// protocolVersion is that of module.proto. 2: manifests are JSON.
	protocolVersion = 2

	// laneVersion is the lane that this package speaks: big-endian 32-bit
	// length, then a Frame.
	laneVersion = 1

	// maxFrame bounds one message in either direction, in bytes: the largest
	// payload of W12 with room for the members around it.
	maxFrame = 16<<20 + 64<<10

	// maxRequests bounds how many requests of one module process the host
	// serves at once.
	maxRequests = 64

	// maxWaiting bounds how many more may wait: a host has 4096
	// sessions by default, and each call in flight may have one request.
	maxWaiting = 16384

	describeTimeout = 5 * time.Second
	pingTimeout     = 2 * time.Second
	pluginName      = "module"
)

func handshake() plugin.HandshakeConfig {
	return plugin.HandshakeConfig{
		ProtocolVersion:  protocolVersion,
		MagicCookieKey:   EnvCookie,
		MagicCookieValue: cookieValue,
	}
}

func messageBounds() []grpc.DialOption {
	return []grpc.DialOption{
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxFrame), grpc.MaxCallSendMsgSize(maxFrame)),
	}
}

// Launched reports whether a host has started this program. A program that is
// not launched has been started by hand and should say what it is for.
func Launched() bool { return os.Getenv(EnvCookie) == cookieValue }

// NewLogger returns the logger of a module process: hclog's JSON on the
// standard error that the program was started with, at the host's level. The
// host shows each entry as one of its own. It has to be made before [Serve],
// which moves os.Stderr away.
func NewLogger(name string) hclog.Logger {
	level := hclog.LevelFromString(os.Getenv(EnvLogLevel))
	switch level {
	case hclog.NoLevel:
		level = hclog.Info
	case hclog.Off: // errors at start are also shown by the host
		level = hclog.Error
	}
	return hclog.New(&hclog.LoggerOptions{Name: name, Level: level, Output: os.Stderr, JSONFormat: true})
}
