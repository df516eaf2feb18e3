package LiveAPI::JSON;

# JSON for Cpanel::LiveAPI: uses the fastest codec that is installed, and converts the
# strings of a page, bytes or characters, to text.

use strict;
use warnings;

my @codecs = qw(Cpanel::JSON::XS JSON::XS JSON::PP);
my $depth  = 32;                                       # W14
my ( $codec, $encoder );

# Returns the codec's name. LIVEAPI_JSON selects one of them.
sub name { return ref _codec() }

sub _codec {
    return $codec if $codec;
    my $forced = $ENV{LIVEAPI_JSON};
    if ( defined $forced && length $forced && !grep { $_ eq $forced } @codecs ) {
        Cpanel::LiveAPI::_fail( 'LIVEAPI_JSON must be one of ' . join( ', ', @codecs ) );
    }
    for my $class ( defined $forced && length $forced ? $forced : @codecs ) {
        local ( $@, $SIG{__DIE__} );
        eval { require( ( $class =~ s{::}{/}gr ) . '.pm' ) } or next;
        $encoder = $class->new->utf8->canonical->allow_nonref->max_depth($depth);
        return $codec = $class->new->utf8->canonical->allow_nonref;
    }
    return Cpanel::LiveAPI::_fail("the JSON codec $forced (LIVEAPI_JSON) cannot be loaded");
}

# Encodes a whole request. Returns the same as encode. When the JSON of the arguments is
# ASCII, no string has to be converted to characters, so the arguments are not copied.
sub request {
    my ( $module, $func, $reqtype, $version, $args ) = @_;
    _codec() if !$codec;
    if ( "$module$func" !~ tr/A-Za-z0-9_//c ) {
        local $@;
        local $SIG{__DIE__} if $SIG{__DIE__};
        my $json = eval { $encoder->encode($args) };
        if ( defined $json && $json !~ tr/\x80-\xff// ) {
            $json =~ s{</}{<\\/}g if index( $json, '</' ) >= 0;
            return qq({"apiversion":"$version","args":$json,"func":"$func","module":"$module","reqtype":"$reqtype"});
        }
    }
    return encode( { module => $module, func => $func, reqtype => $reqtype, apiversion => $version, args => $args } );
}

# Returns the UTF-8 bytes of a value, or undef and the reason. "</" becomes "<\/", so that
# no text looks like the tag that ends the request.
sub encode {
    my ($value) = @_;
    my $codec = _codec();
    local ( $@, $SIG{__DIE__} );
    my $json = eval { $codec->encode( _characters( $value, $depth + 1 ) ) };
    if ( !defined $json ) {
        my $why = $@ =~ s/,? at \S+ line \d+.*//sr;
        return ( undef, $why );
    }
    $json =~ s{</}{<\\/}g;
    return $json;
}

# Returns the value of UTF-8 bytes, or undef when they are not JSON.
sub decode {
    _codec() if !$codec;
    local $@;
    local $SIG{__DIE__} if $SIG{__DIE__};
    return scalar eval { $codec->decode( $_[0] ) };    # $_[0] is not copied: it may be large
}

# Returns the UTF-8 bytes of one string.
sub octets {
    my ($string) = @_;
    my $octets = _string( defined $string ? "$string" : '' );
    utf8::encode($octets);
    return $octets;
}

# Returns a deep copy whose strings are characters. Numbers stay numbers: a regular expression
# is matched against a copy, because a match makes a number a string.
sub _characters {
    my ( $value, $left ) = @_;
    my $kind = ref $value;
    die "they are nested more than $depth deep (W14)\n" if $left < 0;
    return { map { _string($_) => _characters( $value->{$_}, $left - 1 ) } keys %$value } if $kind eq 'HASH';
    return [ map { _characters( $_, $left - 1 ) } @$value ] if $kind eq 'ARRAY';
    return $value if $kind || !defined $value;
    my $copy = $value;
    return !utf8::is_utf8($copy) && $copy =~ /[\x80-\xff]/ ? _string($copy) : $value;
}

# utf8::decode does not change bytes that are not UTF-8. Perl reads those as Latin-1.
sub _string {
    my ($string) = @_;
    utf8::decode($string) if !utf8::is_utf8($string);
    return $string;
}

1;
