package LiveAPI::Redaction;

# What the debug log may show of a frame. Loaded only when debugging is on. The rules are those
# of protocol/testdata/redaction, which Go and PHP keep too.

use strict;
use warnings;

# What the name of a secret has in it: the lines of protocol/testdata/redaction/words.txt.
sub words { return 'pass|pwd|secret|token|otp|auth|key|code|qr|cookie|sess|credential|private|(?:^|[^a-z])pin(?:$|[^a-z])' }

my $secret = do { my $words = words(); qr/$words/i };
my $hidden = '[redacted]';

# In texts of these a name may stand beside its value: JSON, pairs, attributes, otpauth URIs.
my $beside = qr/[{="]|%(?:3d|7b|22)|otpauth(?::|%3a)/i;

# The arguments of these have no names, and are meant to be shown.
my %printing = map { $_ => 1 } qw(print if feature langprint);

my %called  = map { $_ => 1 } qw(module func reqtype apiversion);
my %session = map { $_ => 1 } '<cpaneljson enable="1">', '<cpanelxml shutdown="1" />';

# Returns the text of a frame for the log: the same members, in alphabetical order, without
# secrets. Bytes that cannot be read are counted, not shown.
sub frame {
    my ($bytes) = @_;
    if ( $bytes =~ m{\A\s*<cpanel(action|result)>(.*)</cpanel\1>\s*\z}s ) {
        my ( $kind, $json ) = ( $1, $2 );
        my $value = LiveAPI::JSON::decode($json);
        my $shown = ref $value eq 'HASH' ? _json( $kind eq 'action' ? _action($value) : _reply($value) ) : undef;
        return "<cpanel$kind>" . ( $shown // _count($json) ) . "</cpanel$kind>";
    }
    my $tag = $bytes =~ s/\A\s+|\s+\z//gr;
    return $tag if $session{$tag};
    if ( $tag =~ /\A<cpanel (\w+)="(.*)">\z/s ) {
        my ( $name, $value ) = ( $1, $2 );
        utf8::decode($value);
        $value =~ s/\A(\w*)\(.*\z/$1($hidden)/s if $name ne 'print';
        return qq{<cpanel $name="} . _text($value) =~ s/\s*\n\s*//gr . '">';
    }
    return _count($bytes);
}

sub _count { my ($bytes) = @_; return '[' . length($bytes) . ' bytes that cannot be read]' }

# Returns the JSON of a value as characters; undef when it is nested too deep for the codec.
sub _json {
    my ($value) = @_;
    my ($json) = LiveAPI::JSON::encode($value);
    utf8::decode($json) if defined $json;
    return $json;
}

sub _action {
    my ($action) = @_;
    my $module = $action->{module} // '';
    my %shown;
    for my $name ( keys %$action ) {
        my $member = $action->{$name};
        my $args   = $name eq 'args';
        $shown{$name} =
            $called{$name} || $args && ( ref $member eq 'HASH' || $printing{$module} ) ? _value($member)
          : $args && ref $member eq 'ARRAY' ? [ map { $hidden } @$member ]
          :                                   _hide($member);
    }
    return \%shown;
}

# A function whose own name looks secret may answer with one under any name.
sub _reply {
    my ($reply) = @_;
    my $inner    = ref $reply->{cpanelresult} eq 'HASH' ? $reply->{cpanelresult} : $reply;
    my $function = $inner->{func} // '';
    my $shown    = _value($reply);
    _without_data($shown) if $function =~ $secret;
    return $shown;
}

sub _without_data {
    my ($reply) = @_;
    for my $name ( keys %$reply ) {
        if    ( $name eq 'data' )                { $reply->{data} = _hide( $reply->{data} ) }
        elsif ( ref $reply->{$name} eq 'HASH' ) { _without_data( $reply->{$name} ) }
    }
    return;
}

sub _hide { my ($value) = @_; return defined $value ? $hidden : undef }

sub _value {
    my ($value) = @_;
    return { map { $_ => $_ =~ $secret ? _hide( $value->{$_} ) : _value( $value->{$_} ) } keys %$value } if ref $value eq 'HASH';
    return [ map { _value($_) } @$value ] if ref $value eq 'ARRAY';
    return ref $value || !defined $value ? $value : _text($value);
}

# A text can be JSON, such as a command of Batch, or have a name and its value within. It is
# matched as a copy: a match would make a string of a number.
sub _text {
    my ($text) = @_;
    my $copy = $text;
    if ( $copy =~ /\A\s*[\[\{]/ ) {
        my $inner = LiveAPI::JSON::decode( LiveAPI::JSON::octets($copy) );
        return _json( _value($inner) ) // $hidden if ref $inner;
    }
    return $copy =~ $secret && $copy =~ $beside ? $hidden : $text;
}

1;
