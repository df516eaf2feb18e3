package LiveAPI::Template::Form;

# FORM: the form fields of the request to a page. A repeated field gets a suffix as in U8: name,
# name-1, name-2.

use strict;
use warnings;

my $most = 16 << 20;    # the most bytes of a POST body

# Returns a hash of the fields in QUERY_STRING, then those in the body of a POST.
sub fields {
    my @pairs = split /&/, $ENV{QUERY_STRING} // '';
    push @pairs, split /&/, _body() if uc( $ENV{REQUEST_METHOD} // '' ) eq 'POST';
    my %form;
    for my $pair (@pairs) {
        next if $pair eq '';
        my ( $name, $value ) = map { _decode($_) } ( split( /=/, $pair, 2 ), '' )[ 0, 1 ];
        my ( $free, $n ) = ( $name, 0 );
        $free = $name . '-' . ++$n while exists $form{$free};
        $form{$free} = $value;
    }
    return \%form;
}

sub _body {
    my $length = $ENV{CONTENT_LENGTH} // '';
    my $type   = $ENV{CONTENT_TYPE}   // '';
    return '' if $length !~ /\A[0-9]{1,10}\z/ || $type ne '' && $type !~ m{\Aapplication/x-www-form-urlencoded\s*(?:;|\z)}i;
    die 'the form is larger than ' . ( $most >> 20 ) . " MiB\n" if $length > $most;
    my $body = '';
    while ( length $body < $length ) {
        my $n = sysread STDIN, $body, $length - length $body, length $body;
        next if !defined $n && $!{EINTR};
        die 'the form ended after ' . length($body) . " of $length bytes\n" if !$n;
    }
    return $body;
}

sub _decode {
    my ($text) = @_;
    $text =~ tr/+/ /;
    $text =~ s/%([0-9A-Fa-f]{2})/chr hex $1/ge;
    utf8::decode($text);
    return $text;
}

1;
