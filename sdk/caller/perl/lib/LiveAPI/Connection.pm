package LiveAPI::Connection;

# The byte stream of one session: it sends frames (W4) and reads replies (W7) over a unix
# socket (W1) or the pipes of a child process (W2). It does not know what a call is.
#
# Socket, Errno, Fcntl and Time::HiRes are not loaded on the usual path: loading them takes
# longer than a whole page may (8 ms). Linux's numbers are written here instead, and
# select returns how much of the time is left.

use strict;
use warnings;

my $mark     = '</cpanelresult>';
my $head     = qq{<?xml version="1.0" ?>\n<cpanelresult>};    # W7
my $object   = "$head\{";
my $tail     = "$mark\n";
my $around   = length $tail;
my $most     = 64 << 20;            # the most bytes of a reply: four times the most that a host can be configured to send
my $farewell = 5;                   # the most seconds that the end of a session takes
my $at_once  = 16384;               # bytes that fit into any empty buffer of a socket or pipe, so that a write does not block
my $piece    = 262144;              # bytes of each read or write of a long reply or request

# Linux's numbers of MSG_PEEK, MSG_DONTWAIT, MSG_NOSIGNAL and EAGAIN.
my $peek   = 0x02 | 0x40;
my $nowait = 0x40 | 0x4000;
my $again  = 11;

# Connects to a host, or starts one. $libraries is the folder that contains this library's folder.
sub open {
    my ( $class, $libraries ) = @_;
    my $timeout = $ENV{LIVEAPI_TIMEOUT};
    $timeout = 60 if !defined $timeout || $timeout eq '';
    if ( $timeout !~ /\A[0-9]{1,5}(?:\.[0-9]{1,6})?\z/ || $timeout <= 0 ) {
        Cpanel::LiveAPI::_fail('LIVEAPI_TIMEOUT must be a number of seconds above 0 and below 100000, such as 60 or 0.5');
    }
    my $self = bless { owner => $$, busy => 0, timeout => $timeout, child => undef }, $class;
    for my $name (qw(CPANEL_CONNECT_SOCKET CPANEL_PHPCONNECT_SOCKET)) {
        my $path = $ENV{$name};
        next if !defined $path || $path eq '';
        $self->{in} = $self->{out} = _connect( $path, $name );
        $self->{direct} = $self->{in} if $^O eq 'linux' && _bounded( $self->{in}, $timeout );
        return $self;
    }
    Cpanel::LiveAPI::_part('Pipe');
    @{$self}{qw(in out child)} = LiveAPI::Pipe::start($libraries);
    return $self;
}

sub _connect {
    my ( $path, $name ) = @_;
    if ( length $path > 107 ) {
        Cpanel::LiveAPI::_fail("the socket path in $name is longer than the 107 bytes that a unix socket can have");
    }
    my ( $unix, $stream, $address ) = ( 1, 1, pack 'S Z*', 1, $path );
    if ( $^O ne 'linux' ) {
        require Socket;
        ( $unix, $stream, $address ) = ( Socket::AF_UNIX(), Socket::SOCK_STREAM(), Socket::pack_sockaddr_un($path) );
    }
    for ( ;; ) {
        return $_ for grep { defined } _try( $unix, $stream, $address );
        next if _errno('EINTR');
        my $why = "$!";
        Cpanel::LiveAPI::_fail( "cannot connect to the LiveAPI host at $path ($name): $why. Is the host still running?"
              . ' Unset both socket variables to have a host started for this page' );
    }
}

sub _try {
    my ( $unix, $stream, $address ) = @_;
    socket( my $socket, $unix, $stream, 0 ) or return;
    return connect( $socket, $address ) ? $socket : undef;
}

# Sets a time-out for reads from a socket in the kernel, so that a call needs no select. Returns
# false when that failed: on some processors Linux has other numbers.
sub _bounded {
    my ( $socket, $timeout ) = @_;
    my $seconds = int $timeout;
    my $time    = pack 'l!2', $seconds, int( ( $timeout - $seconds ) * 1e6 ) || 1;
    my ( $level, $option ) = ( 1, 20 );    # SOL_SOCKET, SO_RCVTIMEO
    return setsockopt( $socket, $level, $option, $time ) && length( getsockopt( $socket, $level, $option ) // '' ) == length $time;
}

# Returns whether the next request may use this connection. It may not after an interrupted
# call (for example by the page's own alarm), in a forked child of the page, at the end of
# file, and when the host has sent something without a request.
sub ready {
    my ($self) = @_;
    return 0 if $self->{busy} || $self->{owner} != $$;
    for ( 1 .. 4 ) {
        my $bits = _bits( $self->{in} );
        my $n = select $bits, undef, undef, 0;
        return 1 if $n == 0;
        next if $n < 0;
        my $late = '';
        return 0 if !sysread( $self->{in}, $late, 4096 ) || $late =~ /\S/;
    }
    return 0;
}

# Sends a payload and returns the JSON between the markers of its reply, as bytes. On an error
# it closes the connection and dies with the reason. $ready says that ready() has returned
# true; without it the method checks a socket itself, and when the connection may not be
# ready it sends nothing and returns undef.
sub exchange {
    my ( $self, $payload, $label, $ready ) = @_;
    my ( $socket, $left, $sent, $buffer ) = ( $self->{direct}, $self->{timeout}, 0, '' );
    if ( !$ready ) {
        return if !$socket || $self->{busy} || $self->{owner} != $$;
        return if defined recv( $socket, $buffer, 1, $peek ) || $! != $again;
    }
    $self->{busy} = 1;
    my $frame = length($payload) . "\n$payload";
    if ($socket) {
        my $began = time;
        $sent = send( $socket, $frame, $nowait ) || 0;
        if ( $sent == length $frame && $self->{in} ) {
            my $n = sysread $socket, $buffer, 65536;
            if ( $n && index( $buffer, $mark ) == $n - $around && rindex( $buffer, $tail ) == $n - $around && rindex( $buffer, $object, 0 ) == 0 ) {
                $self->{busy} = 0;
                return substr $buffer, length $head, -$around;
            }
            $left = 0 if !defined $n && $! == $again;
        }
        # time counts whole seconds, so a reply in pieces may take up to a second longer than the time-out.
        $left -= time - $began;
    }
    $sent = $self->_send( $frame, $sent, \$left );
    my ( $body, $error ) = $self->_receive( $buffer, \$left );
    if ( !defined $body ) {
        $self->abandon;
        Cpanel::LiveAPI::_fail( $error =~ s/LABEL/$label/r );
    }
    $self->{busy} = 0 if $sent;
    return $body;
}

# Returns 1 when the whole frame was written. The host may refuse a request before it has read
# all of it (W13). Its reply is then read, because it has the reason.
sub _send {
    my ( $self, $frame, $at, $left ) = @_;
    return 1 if $at == length $frame;
    local $SIG{PIPE} = 'IGNORE';
    $self->_nonblocking if length $frame > $at_once && !$self->{direct};
    while ( $at < length $frame ) {
        return 0 if !$self->{out};
        my $n = $self->{direct}
          ? send( $self->{out}, substr( $frame, $at, $piece ), $nowait )
          : syswrite( $self->{out}, $frame, length($frame) - $at, $at );
        if ( defined $n ) { $at += $n; next }
        next if _errno('EINTR');
        return 0 if !_errno( 'EAGAIN', 'EWOULDBLOCK' );
        my ( $readable, $writable ) = _wait( $self->{in}, $self->{out}, $left );
        return 0 if $readable || !$writable && $$left <= 0;
    }
    return 1;
}

sub _receive {
    my ( $self, $buffer, $left ) = @_;
    my ( $from, $end ) = ( 0, -1 );
    while ( ( $end = index $buffer, $mark, $from ) < 0 ) {
        $from = length($buffer) - length $mark;
        $from = 0 if $from < 0;
        return ( undef, 'the reply to LABEL does not begin as W7 says; the connection was closed' ) if $buffer =~ /\A\s*[^\s<]/;
        return ( undef, 'the reply to LABEL is longer than ' . ( $most >> 20 ) . ' MiB' ) if length $buffer > $most;
        my ($readable) = _wait( $self->{in}, undef, $left );
        if ( !$readable ) {
            next if $$left > 0;
            return ( undef, "no answer to LABEL within $self->{timeout} s (LIVEAPI_TIMEOUT); whether it took effect is not known" );
        }
        return ( undef, 'the connection was closed in the middle of LABEL, by a call in a signal handler' ) if !$self->{in};
        my $n = sysread $self->{in}, $buffer, $piece, length $buffer;
        next if $n || !defined $n && _errno( 'EINTR', 'EAGAIN', 'EWOULDBLOCK' );
        return ( undef, length $buffer
            ? 'the host closed the connection in the middle of its reply to LABEL; whether it took effect is not known'
            : 'the host closed the connection without an answer to LABEL; whether it took effect is not known. Its log says why' );
    }
    my $after = substr $buffer, $end + length $mark;
    substr( $buffer, $end ) = '';
    if ( $after =~ /\S/ || $buffer !~ s/\A\s*(?:<\?xml[^<>]*\?>\s*)?<cpanelresult>// ) {
        return ( undef, 'the reply to LABEL is not one whole reply as W7 says; the connection was closed' );
    }
    return ( undef, 'the reply to LABEL is empty (W10); the connection was closed' ) if $buffer !~ /\S/;
    return $buffer;
}

# Ends the session: sends the tag, reads to the end of file for a few seconds at most, and
# closes the connection. Returns the bytes of the reply that were read. Never dies.
sub finish {
    my ( $self, $tag ) = @_;
    my $reply = '';
    if ( $self->{owner} == $$ && !$self->{busy} ) {
        my $left = $self->{timeout} < $farewell ? $self->{timeout} : $farewell;
        $self->_send( length($tag) . "\n$tag", 0, \$left );
        while ( $left > 0 && length $reply < $most ) {
            my ($readable) = _wait( $self->{in}, undef, \$left );
            next if !$readable;
            last if !$self->{in};
            my $n = sysread $self->{in}, $reply, 65536, length $reply;
            last if defined $n ? !$n : !_errno( 'EINTR', 'EAGAIN', 'EWOULDBLOCK' );
        }
    }
    $self->abandon;
    return $reply;
}

# Closes this process's handles. In a forked child of the page this does not end the session
# of the parent, and only the parent waits for the host's process.
sub abandon {
    my ($self) = @_;
    $self->{busy} = 1;
    close $_ for grep { defined && defined fileno $_ } @{$self}{qw(in out)};
    delete @{$self}{qw(in out direct)};
    my $child = delete $self->{child};
    LiveAPI::Pipe::reap($child) if $child && $self->{owner} == $$;
    return;
}

# Waits until a handle is readable or writable, and subtracts the time from $left. Returns two
# false values after a signal or when no time is left.
sub _wait {
    my ( $in, $out, $left ) = @_;
    return ( 1, 0 ) if !$in;    # closed by a call in a signal handler: _receive reports it
    $$left = 0 if $$left < 0;
    my ( $readable, $writable ) = ( _bits($in), $out && _bits($out) );
    my $started = time;
    my ( $n, $rest ) = select $readable, $writable, undef, $$left;
    $$left = $^O eq 'linux' ? $rest : $$left - ( time - $started );
    $$left = 0 if $n == 0 || $n < 0 && !_errno('EINTR');
    return ( 0, 0 ) if $n <= 0;
    return ( vec( $readable, fileno $in, 1 ), $out ? vec( $writable, fileno $out, 1 ) : 0 );
}

sub _bits {
    my ($handle) = @_;
    vec( my $bits = '', fileno $handle, 1 ) = 1;
    return $bits;
}

sub _errno {
    my (@names) = @_;
    my $errno = $! + 0;
    require Errno;
    my $found = grep { $errno == Errno->can($_)->() } @names;
    $! = $errno;
    return $found;
}

sub _nonblocking {
    my ($self) = @_;
    return if $self->{nonblocking}++;
    require Fcntl;
    my $flags = fcntl $self->{out}, Fcntl::F_GETFL(), 0;
    fcntl $self->{out}, Fcntl::F_SETFL(), $flags | Fcntl::O_NONBLOCK() if defined $flags;
    return;
}

1;
