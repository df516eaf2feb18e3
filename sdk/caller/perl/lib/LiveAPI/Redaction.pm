package LiveAPI::Redaction;

# Replaces the secrets of a frame for the debug log. Loaded only when debugging is on. The rules
# are those of protocol/testdata/redaction. Go and PHP follow the same rules.

use strict;
use warnings;

# A name that contains one of these is the name of a secret: the lines of protocol/testdata/redaction/words.txt.
sub words { return 'pass|pwd|secret|token|otp|auth|key|code|qr|cookie|sess|credential|private|(?:^|[^a-z])pin(?:$|[^a-z])' }

my $secret = do { my $words = words(); qr/$words/i };
my $hidden = '[redacted]';

# A text with one of these may contain names and values: JSON, pairs, attributes, otpauth URIs.
my $beside = qr/[{="]|%(?:3d|7b|22)|otpauth(?::|%3a)/i;

# Modules whose arguments have no names and are shown.
my %printing = map { $_ => 1 } qw(print if feature langprint);

my %called  = map { $_ => 1 } qw(module func reqtype apiversion);
my %session = map { $_ => 1 } '<cpaneljson enable="1">', '<cpanelxml shutdown="1" />';

# Returns the text of a frame for the log: its members in alphabetical order, without secrets.
# For bytes that cannot be read it returns only their number.
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

# Returns the JSON of a value as characters, or undef when the value is nested too deep.
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

# A function whose own name looks secret may return a secret under any name.
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

# A text can be JSON, such as a command of Batch, or contain a name and its value. Matched
# against a copy, because a match makes a number a string.
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
