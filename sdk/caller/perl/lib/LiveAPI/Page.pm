package LiveAPI::Page;

# The page runner loads this before a page: perl -MLiveAPI::Page page.live.pl. A page that requires
# /usr/local/cpanel/Cpanel/LiveAPI.pm then gets this library. The library is compiled at the
# first call. On a machine with the real file this does nothing.

use strict;
use warnings;

our $AUTOLOAD;    # the name that was called; Perl sets it in the package that the code was compiled in

my $place = '/usr/local/cpanel/Cpanel/LiveAPI.pm';

# Other hard-coded files can be given: -MLiveAPI::Page=/opt/panel/Cpanel/LiveAPI.pm
sub import {
    my ( $class, @files ) = @_;
    my @missing = grep { !-e } @files ? @files : $place or return;

    # A page may change its folder or @INC before it loads the library.
    my $lib = __FILE__ =~ s{/?LiveAPI/Page\.pm\z}{}r;
    if ( $lib !~ m{^/} ) {
        require Cwd;
        $lib  = Cwd::abs_path( $lib eq '' ? '.' : $lib );
        @INC = map { ref $_ || m{^/} ? $_ : Cwd::abs_path($_) // $_ } @INC;
    }
    my $file = "$lib/Cpanel/LiveAPI.pm";
    $INC{$_} = $file for @missing;

    # `require` of the hard-coded file now does nothing. The first method call loads the library.
    no warnings 'once';
    *Cpanel::LiveAPI::AUTOLOAD = sub {
        my $name = $AUTOLOAD =~ s/.*:://r;
        require $file if !$INC{'Cpanel/LiveAPI.pm'};
        $INC{'Cpanel/LiveAPI.pm'} //= $file;
        my $method = $name ne 'AUTOLOAD' && Cpanel::LiveAPI->can($name) or do {
            my ( undef, $where, $line ) = caller;
            die "Cpanel::LiveAPI has no method $name, called at $where line $line.\n";
        };
        goto &$method;
    };
    return;
}

1;
