// Package cleanup removes the sockets and private folders of a killed process.
// [Guard] removes them when this process dies, [PrivateDir] removes those of
// processes that died before. It is not for files whose loss matters.
package cleanup
