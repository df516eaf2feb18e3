package LiveAPI::Redaction;

# What the debug log may show of a frame. Loaded only when debugging is on.

use strict;
use warnings;

my $secret = qr/pass|secret|token|otp|key|code|pwd/i;
my $hidden = '[redacted]';

# The arguments of these have no names, and are meant to be shown.
my %shown = map { $_ => 1 } qw(print if feature langprint);

# Returns the text of a frame for the log: the same members, in alphabetical order, without
# the values whose names look secret. Bytes that cannot be read are counted, not shown.
sub frame {
    my ($bytes) = @_;
    if ( $bytes =~ m{\A(.*?<cpanel(?:action|result)>\s*)(.*?)(\s*</cpanel(?:action|result)>\s*)\z}s ) {
        my ( $before, $json, $after ) = ( $1, $2, $3 );
        my $value = LiveAPI::JSON::decode($json);
        return _line( $before . _count($json) . $after ) if !ref $value;
        if ( ref $value eq 'HASH' && exists $value->{args} && !$shown{ $value->{module} // '' } ) {
            $value->{args} = _positional( $value->{args} );
        }
        my ($shown) = LiveAPI::JSON::encode( _value( '', $value ) );
        utf8::decode($shown);
        return _line("$before$shown$after");
    }
    return _line( _count($bytes) ) if $bytes !~ /\A\s*<cpanel/;
    my $tag = $bytes;
    utf8::decode($tag);
    $tag =~ s/(\s(?!print=)\w+="\w*\().*(\)")/$1$hidden$2/s;
    return _line( _pairs($tag) );
}

sub _count { my ($bytes) = @_; return '[' . length($bytes) . ' bytes that cannot be read]' }
sub _line  { my ($text)  = @_; return $text =~ s/\s*\n\s*//gr }

sub _positional {
    my ($args) = @_;
    return [ map { ref $_ ? $_ : $hidden } @$args ] if ref $args eq 'ARRAY';
    return ref $args || !defined $args ? $args : $hidden;
}

sub _value {
    my ( $name, $value ) = @_;
    return $hidden if $name =~ $secret && defined $value && $name ne 'keys';
    return { map { $_ => _value( $_, $value->{$_} ) } keys %$value } if ref $value eq 'HASH';
    return [ map { _value( '', $_ ) } @$value ] if ref $value eq 'ARRAY';
    return ref $value || !defined $value ? $value : _text($value);
}

# A text can hold more names and values: JSON (the commands of a batch), pairs, an otpauth URI.
sub _text {
    my ($text) = @_;
    my $copy = $text;
    if ( $copy =~ /\A\s*[\[\{]/ ) {
        my $inner = LiveAPI::JSON::decode( LiveAPI::JSON::octets($copy) );
        if ( ref $inner ) {
            my ($shown) = LiveAPI::JSON::encode( _value( '', $inner ) );
            utf8::decode($shown);
            return $shown;
        }
    }
    my $shown = _pairs($copy);
    return $shown eq $copy ? $text : $shown;
}

sub _pairs {
    my ($text) = @_;
    $text =~ s{otpauth(?::|%3a)[^\s"]*}{$hidden}gi;
    $text =~ s{([\w.-]*$secret[\w.-]*=)[^\s"&;]*}{$1$hidden}g;
    return $text;
}

1;
