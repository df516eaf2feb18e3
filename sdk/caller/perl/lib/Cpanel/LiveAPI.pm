package Cpanel::LiveAPI;

use strict;
use warnings;

require 5.016;

our $VERSION = '1.000';

# The real folder of this file. Its parts are found there also when a page loads this
# file by a hard-coded path or through a symbolic link, or changes its folder later.
# A ".." stays in the path, so that the kernel follows a linked folder correctly.
my $folder = do {
    my $file = __FILE__;
    $file = ( readlink('/proc/self/cwd') || do { require Cwd; Cwd::getcwd() } ) . "/$file" if $file !~ m{^/};
    while ( defined( my $to = readlink $file ) ) {
        $file = $to =~ m{^/} ? $to : $file =~ s{[^/]*\z}{$to}r;
    }
    $file =~ s{/[^/]*\z}{}r;
};

# Most of a page's time is its start, so parts that a page does not use are not compiled.
sub _part {
    my ($name) = @_;
    return if $INC{"LiveAPI/$name.pm"};
    local @INC = ( "$folder/..", @INC );
    local ( $@, $SIG{__DIE__} );
    require "LiveAPI/$name.pm";    ## no critic (RequireBarewordIncludes) only the caller knows the name
    return;
}

# Dies with the file and line of the page, not of this library.
sub _fail {
    my ($text) = @_;
    for ( my $i = 0 ; my ( $package, $file, $line ) = caller $i ; $i++ ) {
        next if $package =~ /^(?:Cpanel::LiveAPI|LiveAPI(?:::\w+)*)\z/ || $package =~ /^Template\b/ && $file =~ /\.pm\z/;
        die "Cpanel::LiveAPI: $text at $file line $line.\n";
    }
    die "Cpanel::LiveAPI: $text\n";
}

sub new {
    my ($class) = @_;
    my $self = bless { debug => 0, log => [], result => undef, connection => undef, dom => undef }, ref $class || $class;
    $self->_connect;
    return $self;
}

sub uapi { my ( $self, $module, $func, @args ) = @_; return $self->_action( 'uapi', $module, $func, @args == 1 ? $args[0] // {} : _named( 'uapi', @args ) ) }
sub api3 { my ( $self, $module, $func, @args ) = @_; return $self->_action( 'uapi', $module, $func, @args == 1 ? $args[0] // {} : _named( 'api3', @args ) ) }
sub api2 { my ( $self, $module, $func, @args ) = @_; return $self->_action( '2', $module, $func, @args == 1 ? $args[0] // {} : _named( 'api2', @args ) ) }

sub api1 {
    my ( $self, $module, $func, @args ) = @_;
    my $list = @args == 1 ? $args[0] : \@args;
    return $self->_action( '1', $module, $func, defined $list ? $list : [] );
}

# A plain list of names and values is accepted, too. U9: without arguments it is an empty map.
sub _named {
    my ( $method, @args ) = @_;
    _fail("$method takes a module, a function and one reference to a hash of arguments") if @args % 2;
    return {@args};
}

sub _action {
    my ( $self, $version, $module, $func, $args, $reqtype ) = @_;
    $module = defined $module ? "$module" : '';
    $func   = defined $func   ? "$func"   : '';
    my $label = $func eq '' || $reqtype ? $module : "${module}::$func";
    $self->{result} = undef;
    $INC{'LiveAPI/JSON.pm'} || _part('JSON');
    my ( $json, $error ) = LiveAPI::JSON::request( $module, $func, $reqtype || 'exec', $version, $args );
    _fail("the arguments of $label cannot be sent: $error") if defined $error;
    return $self->_call( "<cpanelaction>\n$json\n</cpanelaction>", $label, $module, $reqtype ? undef : $func );
}

sub exec {
    my ( $self, $tag ) = @_;
    $self->{result} = undef;
    _part('JSON');
    $tag = LiveAPI::JSON::octets($tag);
    my ( $module, $func );
    if ( $tag =~ m{\A\s*<cpanelaction>(.*)</cpanelaction>\s*\z}s ) {
        my $action = LiveAPI::JSON::decode($1);
        ( $module, $func ) = @{$action}{qw(module func)} if ref $action eq 'HASH';
        $func = undef if ref $action eq 'HASH' && ( $action->{reqtype} || 'exec' ) ne 'exec';
    }
    elsif ( $tag =~ /\A\s*<cpanel\s+(?!setvar=)(\w+)=/ ) {
        $module = $1;
    }
    return $self->_call( $tag, defined $module ? "the tag of $module" : 'the tag', $module, $func );
}

sub fetch       { my ( $self, $expr ) = @_; return $self->exec( '<cpanel print="' . ( defined $expr ? $expr : '' ) . '">' ) }
sub cpanelprint { my ( $self, $expr ) = @_; return $self->_text( $self->_action( '1', 'print', '', defined $expr ? $expr : '' ) ) }

sub cpanellangprint {
    my ( $self, $key ) = @_;
    return $self->_text( $self->_action( '1', 'langprint', '', defined $key ? $key : '' ) );
}

sub cpanelif {
    my ( $self, $expr ) = @_;
    return $self->_text( $self->_action( '1', 'if', 'if', defined $expr ? $expr : '', 'if' ) ) ? 1 : 0;
}

sub cpanelfeature {
    my ( $self, $name ) = @_;
    return $self->_text( $self->_action( '', 'feature', 'feature', defined $name ? $name : '', 'feature' ) ) ? 1 : 0;
}

sub _text {
    my ( $self, $reply ) = @_;
    $self->_note_errors( $reply->{cpanelresult} );
    my $data = $reply->{cpanelresult}{data};
    my $text = ref $data eq 'HASH' ? $data->{result} : undef;
    return defined $text && !ref $text ? $text : '';
}

# One call of Chrome::get_dom returns the HTML before and after a page's content.
sub header {
    my ( $self, $title ) = @_;
    $self->{dom} = undef;
    return $self->_dom( 'header', defined $title ? { page_title => $title } : {} );
}

sub footer { my ($self) = @_; return $self->_dom( 'footer', {} ) }

sub _dom {
    my ( $self, $part, $args ) = @_;
    if ( !$self->{dom} ) {
        my $reply = $self->uapi( 'Chrome', 'get_dom', $args )->{cpanelresult};
        $self->_note_errors($reply);
        my $result = ref $reply->{result} eq 'HASH' ? $reply->{result} : {};
        $self->{dom} = $result->{status} && ref $result->{data} eq 'HASH' ? $result->{data} : {};
    }
    my $html = $self->{dom}{$part};
    return defined $html && !ref $html ? $html : '';
}

sub get_result {
    my ($self) = @_;
    my $inner = $self->{result} ? $self->{result}{cpanelresult} : undef;
    return undef if ref $inner ne 'HASH';    ## no critic (ProhibitExplicitReturnUndef): an empty list would shift a page's arguments
    $inner = $inner->{result} if !exists $inner->{data} && ref $inner->{result} eq 'HASH';
    my $data = $inner->{data};
    return ref $data eq 'HASH' && exists $data->{result} ? $data->{result} : $data;
}

sub end {
    my ($self) = @_;
    $self->{result} = undef;
    my $connection = delete $self->{connection} or return 1;
    my $tag = '<cpanelxml shutdown="1" />';
    $self->_log_frame( 'sent', $tag );
    my $reply = $connection->finish($tag);
    $self->_log_frame( 'received', $reply ) if length $reply;
    return 1;
}

# A page may end at any point, also by die or exit. Its error and its exit status must not change.
sub DESTROY {
    my ($self) = @_;
    return if !$self->{connection};
    local ( $@, $!, $?, $SIG{__DIE__} );
    eval { $self->end };
    return;
}

# Opens a session, and closes the one before.
sub _connect {
    my ($self) = @_;
    $self->_drop;
    _part($_) for qw(Connection JSON);
    my $connection = $self->{connection} = LiveAPI::Connection->open("$folder/../../..");
    my ( $tag, $label ) = ( '<cpaneljson enable="1">', 'the opening of the session' );
    $self->_log_frame( 'sent', $tag );
    my $body  = $connection->exchange( $tag, $label, 1 );
    my $reply = LiveAPI::JSON::decode($body);
    $self->_checked( $body, $reply, $label );
    if ( ref $reply->{data} ne 'HASH' || ( $reply->{data}{result} // '' ) ne 'json' ) {
        $self->_drop;
        _fail( 'the host did not accept the session: ' . ( _errors($reply) // 'it did not answer as a LiveAPI host does (W5)' ) );
    }
    return $connection;
}

sub _drop {
    my ($self) = @_;
    my $connection = delete $self->{connection};
    $connection->abandon if $connection;
    return;
}

# Sends one request and returns its decoded reply, wrapped as pages read it. First the
# connection is replaced when a call on it was interrupted, when the host has closed it or has
# sent bytes without a request, or when it belongs to the parent of this process.
sub _call {
    my ( $self, $payload, $label, $module, $func ) = @_;
    my $connection = $self->{connection};
    my $body;
    $body = $connection->exchange( $payload, $label ) if $connection && !$self->{debug};
    if ( !defined $body ) {
        $connection = $self->_connect if !$connection || !$connection->ready;
        $self->_log_frame( 'sent', $payload );
        $body = $connection->exchange( $payload, $label, 1 );
    }
    my $reply = LiveAPI::JSON::decode($body);
    $self->_checked( $body, $reply, $label ) if $self->{debug} || ref $reply ne 'HASH';
    my $enveloped = exists $reply->{cpanelresult} && $body =~ /\A\s*\{\s*"cpanelresult"\s*:/;    # W9: the inner envelope comes first
    my $inner     = $enveloped ? $reply->{cpanelresult} : $reply;
    if ( ref $inner ne 'HASH' || defined $module && ( ( $inner->{module} // '' ) ne $module || defined $func && ( $inner->{func} // '' ) ne $func ) && !_unread($inner) ) {
        $self->_drop;
        _fail("the reply to $label is of another call; the connection was closed, so no answer can be mixed up");
    }
    return $self->{result} = $enveloped ? $reply : { cpanelresult => $reply };
}

# W10: the reply to a request that could not be read names no call. Every other reply must name this one.
sub _unread { my ($inner) = @_; return exists $inner->{error} && ref $inner->{result} eq 'HASH' }

# Logs a reply. Dies when it is not a JSON object.
sub _checked {
    my ( $self, $body, $reply, $label ) = @_;
    $self->_log_frame( 'received', "<cpanelresult>$body</cpanelresult>" );
    return if ref $reply eq 'HASH';
    $self->_drop;
    return _fail("the reply to $label is not readable: it holds no JSON object (W7); the connection was closed");
}

sub _errors {
    my ($inner) = @_;
    return if ref $inner ne 'HASH';
    my $core   = ref $inner->{result} eq 'HASH'   ? $inner->{result} : $inner;
    my @errors = ref $core->{errors} eq 'ARRAY' ? @{ $core->{errors} } : ();
    @errors = $inner->{error} if !@errors && defined $inner->{error} && !ref $inner->{error};
    return @errors ? join ' ', map { defined $_ ? $_ : '' } @errors : undef;
}

sub _note_errors {
    my ( $self, $inner ) = @_;
    my $text = _errors($inner);
    $self->debug_log( 0, "error: $text" ) if defined $text;
    return;
}

my $kept = 1000;    # the most entries of the debug log; the oldest are dropped

sub set_debug { my ( $self, $level ) = @_; $self->{debug} = $level ? int $level : 0; return $self->{debug} }
sub get_debug_level { my ($self) = @_; return $self->{debug} }
sub get_debug_log { my ($self) = @_; return wantarray ? @{ $self->{log} } : [ @{ $self->{log} } ] }

sub debug_log {
    my ( $self, @entry ) = @_;
    my $level = @entry > 1 ? shift @entry : 1;
    return if $level > $self->{debug};
    push @{ $self->{log} }, defined $entry[0] ? $entry[0] : '';
    shift @{ $self->{log} } if @{ $self->{log} } > $kept;
    return;
}

sub _log_frame {
    my ( $self, $direction, $frame ) = @_;
    return if $self->{debug} < 1;
    _part($_) for qw(JSON Redaction);
    $self->debug_log( 1, "$direction " . LiveAPI::Redaction::frame($frame) );
    return;
}

1;

__END__

=encoding UTF-8

=head1 NAME

Cpanel::LiveAPI - call UAPI, API 2 and API 1 from a Perl page

=head1 SYNOPSIS

    use Cpanel::LiveAPI;
    my $cpanel = Cpanel::LiveAPI->new();
    my $r = $cpanel->uapi( 'TwoFactorAuth', 'get_user_configuration' );
    my $core = $r->{'cpanelresult'}{'result'};
    die "@{ $core->{'errors'} }\n" if !$core->{'status'};
    print $core->{'data'}{'is_enabled'}, "\n";
    $cpanel->end();

=head1 METHODS

A method dies when there is no valid reply: no host, end of file, time-out
(C<LIVEAPI_TIMEOUT> seconds, 60 by default), a reply that is malformed or of another
call. The connection is then closed and the next call opens a new one. A
method does not die when the host refuses a call: the C<status> of the result is 0.

=over

=item new()

Connects to the socket in C<CPANEL_CONNECT_SOCKET>, else in C<CPANEL_PHPCONNECT_SOCKET> (W1). When
neither is set, starts C<liveapi pipe> (W2): the program in C<LIVEAPI_BIN>, else F<bin/liveapi> next to
F<sdk>, else from C<PATH>, F</usr/local/bin>, F</usr/bin>.

=item uapi(MODULE, FUNCTION, \%ARGS), api3(...), api2(...), api1(MODULE, FUNCTION, \@ARGS or STRING)

Return the reply as C<< { cpanelresult => ... } >> (W9).

=item exec(TAG), fetch(EXPR)

Send a raw tag, or C<< <cpanel print="EXPR"> >> (W5); return the reply likewise.

=item cpanelprint(EXPR), cpanellangprint(KEY), cpanelif(EXPR), cpanelfeature(NAME)

The first two return a text, the others 1 or 0. When the host refuses the call they return
C<''> or 0, and the error is in the debug log.

=item header(TITLE), footer()

HTML before and after the page's content, from one call of C<Chrome::get_dom>; C<''> after a failure.

=item get_result()

The data of the last reply: C<data.result> if there is one, else C<data>; C<undef> after a failed call.

=item set_debug(LEVEL), get_debug_level(), debug_log([LEVEL,] TEXT), get_debug_log()

At level 1 every frame is logged (the last 1000 entries). Values whose names look secret, and positional
arguments, which have no names, are redacted. C<get_debug_log> returns a list, or a
reference to an array in scalar context.

=item end()

Ends the session. Perl does it, too, when the object is destroyed. Harmless when called twice.

=back

=head1 TEXT

Strings are Perl characters in both directions. A string that is not flagged as UTF-8 but holds bytes above
127 is taken as UTF-8 when it is valid UTF-8, else as Latin-1, which is how Perl itself reads it.

=cut
