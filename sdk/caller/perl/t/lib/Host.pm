package Host;

# A host that follows a script: a child process that listens on a unix socket. Every connection
# has its own process, so that a page and its forked child can have sessions at the same time.
# This module also makes each warning a failed test, and ends a test that hangs.

use strict;
use warnings FATAL => 'all';
use File::Temp ();
use IO::Handle ();
use Socket     ();
use Test::More ();

alarm 60;
$SIG{ALRM} = sub { die "the test hangs\n" };
$SIG{__WARN__} = sub { Test::More::fail("no warnings: @_") };
delete @ENV{qw(CPANEL_CONNECT_SOCKET CPANEL_PHPCONNECT_SOCKET LIVEAPI_BIN LIVEAPI_TIMEOUT)};
binmode $_, ':utf8' for map { Test::More->builder->$_ } qw(output failure_output todo_output);

# Starts a host. The script is called with a Host::Session and the number of the connection, from 1.
# Pages connect to its socket, because the environment is set.
sub start {
    my ( $class, $script ) = @_;
    my $folder = File::Temp->newdir;
    socket( my $listener, Socket::AF_UNIX(), Socket::SOCK_STREAM(), 0 ) or die "socket: $!";
    bind $listener, Socket::pack_sockaddr_un("$folder/s") or die "bind: $!";
    listen $listener, 16 or die "listen: $!";
    pipe( my $record, my $writer )  or die "pipe: $!";
    pipe( my $go,     my $trigger ) or die "pipe: $!";
    $_->autoflush for $writer, $trigger;
    my $pid = fork // die "fork: $!";
    if ( !$pid ) {
        setpgrp;
        $SIG{CHLD} = 'IGNORE';
        $SIG{PIPE} = 'IGNORE';
        for ( my $n = 1 ; accept( my $socket, $listener ) ; $n++ ) {
            if ( fork // die "fork: $!" ) { close $socket; next }
            close $listener;
            my $session = bless { socket => $socket, writer => $writer, go => $go }, 'Host::Session';
            eval { $script->( $session, $n ); 1 } or print STDERR "the script of the host: $@";
            kill 'KILL', $$;
        }
        kill 'KILL', $$;
    }
    setpgrp $pid, $pid;
    $ENV{CPANEL_CONNECT_SOCKET} = "$folder/s";
    return bless { folder => $folder, pid => $pid, owner => $$, record => $record, trigger => $trigger, buffer => '' }, $class;
}

sub path { my ($self) = @_; return "$self->{folder}/s" }

# Wakes a script in wait_for_go.
sub go { my ($self) = @_; syswrite $self->{trigger}, '.'; return }

# Waits for the next recorded text and returns it.
sub next_request {
    my ($self) = @_;
    my $length;
    until ( defined $length ) {
        if ( $self->{buffer} =~ s/\A(\d+)\n// ) { $length = $1; last }
        sysread $self->{record}, $self->{buffer}, 65536, length $self->{buffer} or die "the host's record ended";
    }
    while ( length $self->{buffer} < $length ) {
        sysread $self->{record}, $self->{buffer}, 65536, length $self->{buffer} or die "the host's record ended";
    }
    return substr $self->{buffer}, 0, $length, '';
}

# Returns whether all recorded texts have been returned by next_request.
sub silent {
    my ($self) = @_;
    vec( my $bits = '', fileno $self->{record}, 1 ) = 1;
    return $self->{buffer} eq '' && !select $bits, undef, undef, 0;
}

sub DESTROY {
    my ($self) = @_;
    return if $self->{owner} != $$;
    local $?;
    kill 'KILL', -$self->{pid};
    waitpid $self->{pid}, 0;
    return;
}

package Host::Session;

use strict;
use warnings FATAL => 'all';

# Records the next payload and returns it; undef at the end of file, which is recorded as "EOF".
sub request {
    my ($self) = @_;
    my $length = '';
    while (1) {
        my $n = sysread $self->{socket}, my $byte, 1;
        if ( !$n ) { $self->record('EOF'); return }
        last if $byte eq "\n";
        $length .= $byte;
    }
    $length =~ /\A[0-9]{1,10}\z/ or die "a length line (W4) was: $length\n";
    my $payload = '';
    while ( length $payload < $length ) {
        if ( !sysread $self->{socket}, $payload, $length - length $payload, length $payload ) { $self->record('TORN'); return }
    }
    $self->record($payload);
    return $payload;
}

# Records the first 16 KiB of a text, so that the pipe does not fill before the test reads it.
sub record { my ( $self, $text ) = @_; $text = substr $text, 0, 16384; syswrite $self->{writer}, length($text) . "\n$text"; return }

sub raw {
    my ( $self, $bytes ) = @_;
    my $at = 0;
    while ( $at < length $bytes ) {
        my $n = syswrite $self->{socket}, $bytes, length($bytes) - $at, $at;
        return if !defined $n;
        $at += $n;
    }
    return;
}

# Returns whether the other side has read all that was written (SIOCOUTQ of Linux).
sub was_read {
    my ($self) = @_;
    my $waiting = pack 'i', 0;
    ioctl $self->{socket}, 0x5411, $waiting or die "ioctl: $!";
    return unpack( 'i', $waiting ) == 0;
}

sub reply { my ( $self, $json ) = @_; return $self->raw( frame($json) ) }
sub frame { my ($json) = @_; utf8::encode($json) if utf8::is_utf8($json); return qq{<?xml version="1.0" ?>\n<cpanelresult>$json</cpanelresult>\n} }

sub hello { my ($self) = @_; my $payload = $self->request; $self->reply('{"data":{"result":"json"}}') if defined $payload; return $payload }

# Waits for Host::go.
sub wait_for_go { my ($self) = @_; sysread $self->{go}, my $byte, 1; return }

# Replies to every request until the end of the session: by the table, else with the number and arguments of the request.
sub serve {
    my ( $self, %answer ) = @_;
    my $n = 0;
    while ( defined( my $payload = $self->request ) ) {
        if ( $payload =~ /<cpaneljson/ )         { $self->reply('{"data":{"result":"json"}}'); next }
        if ( $payload =~ /<cpanelxml shutdown/ ) { $self->reply('{"data":{"result":"shutdown"}}'); return }
        my ($module) = $payload =~ /"module":"(\w*)"/;
        my ($func)   = $payload =~ /"func":"(\w*)"/ ? $1 : "";
        my ($args)   = $payload =~ /"args":(.*?),"func"/s;
        my $key      = defined $module ? "${module}::$func" : $payload;
        my $answer   = $answer{$key} // ( !defined $module ? printed("text $n") : core( $module, $func, '{"n":' . ++$n . ',"args":' . ( $args // 'null' ) . '}' ) );
        $self->reply( ref $answer ? $answer->($payload) : $answer );
    }
    return;
}

# A reply to <cpanel print>, and to the methods that print.
sub printed {
    my ( $text, $module ) = @_;
    $module //= 'print';
    return qq({"apiversion":"1","data":{"result":"$text"},"event":{"result":1},"func":"","module":"$module","source":"internal","type":"event"});
}

# A successful reply of UAPI.
sub core {
    my ( $module, $func, $data ) = @_;
    return qq({"apiversion":3,"func":"$func","module":"$module","result":)
      . qq({"data":$data,"errors":null,"messages":null,"metadata":{},"status":1,"warnings":null}});
}

1;
