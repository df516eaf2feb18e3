use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";
use Test::More;
use Host;
use Run;

# Most of a page's time is its start. Times differ between machines, so the loaded files are tested.

sub loaded {
    my ($code) = @_;
    my ( $status, $out, $error ) = Run::run( '/', '', $^X, '-I', Run::library(), '-e', $code . '; print join " ", sort keys %INC' );
    is( "$status$error", '0', $code );
    return $out;
}

is( loaded('use Cpanel::LiveAPI'), 'Cpanel/LiveAPI.pm strict.pm warnings.pm', 'loading loads nothing else' );
my $host = Host->start( sub { $_[0]->serve } );
my %codec = map { $_ => 1 } split / /, loaded('use LiveAPI::JSON; LiveAPI::JSON::name()');
my @more = grep { !$codec{$_} } split / /, loaded('use Cpanel::LiveAPI; { my $c = Cpanel::LiveAPI->new; $c->uapi("M", "f"); $c->end }');
is( "@more", 'Cpanel/LiveAPI.pm LiveAPI/Connection.pm', 'a call loads the connection and the JSON codec, no more' );
is( loaded('use LiveAPI::Page'), 'LiveAPI/Page.pm strict.pm warnings.pm' =~ s/LiveAPI\/Page/\/usr\/local\/cpanel\/Cpanel\/LiveAPI.pm LiveAPI\/Page/r, 'a page that does not call loads nothing' )
  if !-e '/usr/local/cpanel/Cpanel/LiveAPI.pm';

done_testing;
