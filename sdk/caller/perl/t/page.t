use strict;
use warnings FATAL => 'all';
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";
use Test::More;
use File::Temp ();
use Host;
use Run;

# How pages in the field load the library (U §10): by name, by hard-coded path, from any folder.

my $folder = File::Temp->newdir;
my $host   = Host->start( sub { $_[0]->serve( 'M::f' => Host::Session::core( 'M', 'f', '"called"' ) ) } );
my $call   = 'my $c = Cpanel::LiveAPI->new(); print $c->uapi("M", "f")->{cpanelresult}{result}{data}; $c->end();';
my $hard   = '/usr/local/cpanel';

sub page {
    my ( $name, $text, @perl ) = @_;
    Run::write_page( $folder, $name, $text );
    return [ Run::run( $folder, '', @perl ? @perl : Run::page($name) ) ];
}

my %page = (
    'use'                     => 'use Cpanel::LiveAPI;',
    'use lib'                 => "use lib '$hard'; use Cpanel::LiveAPI;",
    'BEGIN unshift'           => "BEGIN { unshift \@INC, '$hard' } use Cpanel::LiveAPI;",
    'require by path'         => "require '$hard/Cpanel/LiveAPI.pm';",
    'require by path, twice'  => "require '$hard/Cpanel/LiveAPI.pm'; require '$hard/Cpanel/LiveAPI.pm'; require Cpanel::LiveAPI;",
    'require by path in BEGIN' => "BEGIN { require '$hard/Cpanel/LiveAPI.pm' }",
    'another folder'          => "chdir '/'; require '$hard/Cpanel/LiveAPI.pm';",
    'both, in strict'         => "use strict; use warnings FATAL => 'all'; use Cpanel::LiveAPI; require '$hard/Cpanel/LiveAPI.pm';",
    'another shebang'         => "#!/usr/local/cpanel/3rdparty/bin/perl -w\nrequire '$hard/Cpanel/LiveAPI.pm';",
);
for my $name ( sort keys %page ) {
    for my $file (qw(page.live.pl page.live.cgi)) {
        is_deeply( page( $file, "$page{$name}\n$call\n" ), [ 0, 'called', '' ], "U §10 $file: $name" );
    }
}
is_deeply( page( 'page.live.pl', "require '$hard/Cpanel/LiveAPI.pm'; my \$c = new Cpanel::LiveAPI(); print ref \$c;" ), [ 0, 'Cpanel::LiveAPI', '' ], 'U §10 the old way to write new' );
is_deeply( page( 'page.live.pl', 'print "no call";' ), [ 0, 'no call', '' ], 'U §10 a page that does not call' );

my ( $status, $out, $error ) = @{ page( 'page.live.pl', "use Cpanel::LiveAPI;\nmy \$c = Cpanel::LiveAPI->new;\n\$c->nosuch;\n" ) };
like( $error, qr/has no method nosuch, called at page\.live\.pl line 3\./, 'a method that does not exist' );
( $status, $out, $error ) = @{ page( 'page.live.pl', "require '$hard/Cpanel/LiveAPI.pm';\nCpanel::LiveAPI->nosuch;\n" ) };
like( $error, qr/has no method nosuch, called at page\.live\.pl line 2\./, 'also by the hard-coded path' );

# A relative -I, as a user may type it.
is_deeply( page( 'page.live.pl', "chdir '/'; require '$hard/Cpanel/LiveAPI.pm'; $call",
        'sh', '-c', 'cd "$1/.." && exec "$2" -I lib -MLiveAPI::Page "$3/page.live.pl"', 'sh', Run::library(), $^X, "$folder" ), [ 0, 'called', '' ], 'U §10 a relative path to the library' );
is_deeply( page( 'page.live.pl', "use Cpanel::LiveAPI; chdir '/'; $call",
        'sh', '-c', 'cd "$1/.." && exec "$2" -I lib "$3/page.live.pl"', 'sh', Run::library(), $^X, "$folder" ), [ 0, 'called', '' ], 'a relative path without the runner' );

# Where the real file exists, it is used.
mkdir "$folder/real";
mkdir "$folder/real/Cpanel";
Run::write_page( "$folder/real/Cpanel", 'LiveAPI.pm', 'package Cpanel::LiveAPI; sub new { return "the real one" } 1;' );
is_deeply( page( 'page.live.pl', "require '$folder/real/Cpanel/LiveAPI.pm'; print Cpanel::LiveAPI->new;", $^X, '-I', Run::library(), "-MLiveAPI::Page=$folder/real/Cpanel/LiveAPI.pm", 'page.live.pl' ), [ 0, 'the real one', '' ], 'U §10 the real file, when it exists, is used' );

# The library itself may be linked to the hard-coded place: its file, or its folder.
symlink Run::library() . '/Cpanel/LiveAPI.pm', "$folder/LiveAPI.pm" or die $!;
symlink Run::library() . '/Cpanel', "$folder/Cpanel" or die $!;
for my $path ( "$folder/LiveAPI.pm", "$folder/Cpanel/LiveAPI.pm" ) {
    is_deeply( page( 'page.live.pl', "require '$path'; chdir '/'; $call", $^X, 'page.live.pl' ), [ 0, 'called', '' ], 'the library by a symbolic link' );
}

done_testing;
