use strict;
use warnings FATAL => 'all';
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";
use Test::More;
use Cpanel::LiveAPI;
use File::Temp ();
use Host;
use Run;

# The pages in the README run, and it lists all methods and variables.

my $readme = Run::text("$FindBin::Bin/../README.md");
my %page   = $readme =~ /^```(perl|tt)\n(.*?)^```$/gms;
my $folder = File::Temp->newdir;
my $host   = Host->start(
    sub {
        $_[0]->serve(
            'TwoFactorAuth::get_user_configuration' => Host::Session::core( 'TwoFactorAuth', 'get_user_configuration', '{"is_enabled":1}' ),
            'Park::listparkeddomains' => '{"cpanelresult":{"apiversion":2,"data":[{"domain":"parked.example"}],"event":{"result":1},"func":"listparkeddomains","module":"Park"}}',
            'feature::feature'        => '{"cpanelresult":{"apiversion":1,"data":{"result":1},"module":"feature"}}',
            q(<cpanel print="$CPDATA{'DNS'}">) => Host::Session::printed('example.com'),
        );
    }
);
Run::write_page( $folder, 'hello.live.pl', $page{perl} );
is_deeply( [ Run::run( $folder, '', Run::page('hello.live.pl') ) ], [ 0, "Content-type: text/plain; charset=utf-8\r\n\r\ntwo-factor authentication: 1\n", '' ], 'the Perl page' );
Run::write_page( $folder, 'hello.html.tt', $page{tt} );
{
    local $ENV{QUERY_STRING} = 'name=%3Cb%3E';
    is_deeply( [ Run::run( $folder, '', Run::tt(), 'hello.html.tt' ) ], [ 0, "1\nparked.example\nFiles of example.com, asked for by &lt;b&gt;\n", '' ], 'the Template Toolkit page' );
}

my $source = Run::text("$FindBin::Bin/../lib/Cpanel/LiveAPI.pm");
my ( $code, $pod ) = split /^__END__$/m, $source;
for my $method ( grep { $_ ne 'new' } $code =~ /^sub ([a-z]\w*)/gm ) {
    like( $readme, qr/\b$method\b/, "README: $method" ) if $method ne 'get_debug_level';
    like( $pod, qr/\b$method\(/, "perldoc: $method" );
}
my %variable = map { $_ => 1 } map { Run::text($_) =~ /\b(LIVEAPI_[A-Z]+|CPANEL_[A-Z_]+SOCKET)\b/g } glob "$FindBin::Bin/../lib/{Cpanel,LiveAPI}/*.pm";
like( $readme, qr/`$_`/, "README: $_" ) for sort keys %variable;

done_testing;
