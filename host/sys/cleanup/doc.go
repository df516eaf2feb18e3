// Package cleanup takes care of what a killed process leaves: sockets and private
// folders. [Guard] removes them when this process dies, [PrivateDir] sweeps away
// those of processes that died before. It is not for anything whose loss matters.
package cleanup
