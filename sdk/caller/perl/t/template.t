use strict;
use warnings FATAL => 'all';
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../lib";
use Test::More;
use File::Temp ();
use Host;
use Run;

# Template Toolkit pages (U §11).

my $folder = File::Temp->newdir;
my $print  = sub { my ($name) = $_[0] =~ /'(\w+)'/; Host::Session::printed("value of $name") };
my $host   = Host->start(
    sub {
        my $fail = '"errors":["No “x”."],"messages":null,"metadata":{},"status":0,"warnings":null';
        $_[0]->serve(
            'Email::list_pops'        => Host::Session::core( 'Email', 'list_pops', '[{"email":"a@example.com"},{"email":"ü@example.com"}]' ),
            'Email::fail'             => qq({"apiversion":3,"func":"fail","module":"Email","result":{"data":null,$fail}}),
            'Park::listparkeddomains' => '{"cpanelresult":{"apiversion":2,"data":[{"domain":"example.com"}],"event":{"result":1},"func":"listparkeddomains","module":"Park"}}',
            'Park::park'              => '{"cpanelresult":{"apiversion":2,"data":[],"error":"No domain.","event":{"result":0},"func":"park","module":"Park"}}',
            'Old::old'                => '{"apiversion":"1","data":{"result":"old"},"event":{"result":1},"func":"old","module":"Old","source":"internal","type":"event"}',
            'feature::feature'        => sub { '{"cpanelresult":{"apiversion":1,"data":{"result":' . ( $_[0] =~ /fileman/ ? 1 : 0 ) . '},"module":"feature"}}' },
            map { ( qq{<cpanel print="\$CPDATA{'$_'}">} => $print ) } qw(DNS USER),
        );
    }
);

sub page {
    my ( $text, $input ) = @_;
    return Run::run( $folder, $input // '', Run::tt(), Run::write_page( $folder, 'page.html.tt', $text ) );
}

sub renders {
    my ( $name, $text, $wanted, $input ) = @_;
    is_deeply( [ page( $text, $input ) ], [ 0, $wanted, '' ], $name );
    return;
}

renders( 'U §11 execute returns the core', q{[% r = execute('Email', 'list_pops', { domain => 'é' }); r.status; r.data.1.email; r.errors.defined ? 'x' : '-' %]}, '1ü@example.com-' );
renders( 'U §11 execute: a failure is an answer', q{[% r = execute('Email', 'fail'); r.status; r.errors.0 %]}, '0No “x”.' );
renders( 'U §11 execute sends the arguments', q{[% execute('M', 'f', { a => 'é', b => 2 }).data.args.a %]}, 'é' );
renders( 'U §11 Api2.exec returns the data', q{[% USE Api2; FOREACH d IN Api2.exec('Park', 'listparkeddomains', { regex => 'x' }); d.domain; END; Api2.error %]}, 'example.com' );
renders( 'U §11 Api2.error tells a failure', q{[% USE Api2; Api2.exec('Park', 'park').size; Api2.error %]}, '0No domain.' );
renders( 'U §11 Api1.exec returns the text', q{[% USE Api1; Api1.exec('Old', 'old', 'a', 'b') %]}, 'old' );
renders( 'U §11 CPANEL.CPDATA is fetched when it is read', q{[% CPANEL.CPDATA.DNS %], [% CPANEL.CPDATA.DNS %], [% n = 'USER'; CPANEL.CPDATA.$n %]}, 'value of DNS, value of DNS, value of USER' );
renders( 'U §11 CPANEL.CPDATA: a name that is none is not sent', q~[% n = "x'}"; CPANEL.CPDATA.$n %]-~, '-' );
renders( 'U §11 CPANEL.feature', q{[% CPANEL.feature('fileman'); CPANEL.feature('other') %]}, '10' );
renders( 'a page in UTF-8', "Grüße, 世界 🌍\n", "Grüße, 世界 🌍\n" );
Run::write_page( $folder, 'part.tt', 'part of [% name %]' );
renders( 'INCLUDE is relative to the page', q{[% INCLUDE part.tt name='é' %]}, 'part of é' );
is_deeply( [ Run::run( '/', '', Run::tt(), "$folder/page.html.tt" ) ], [ 0, 'part of é', '' ], 'also when it is run from elsewhere' );
{
    local $ENV{HOME} = '/home/alice';
    renders( 'U §11 CPANEL.ENV', '[% CPANEL.ENV.HOME %]', '/home/alice' );
}
my $all = q{[% FOREACH n IN FORM.keys.sort; n; '='; FORM.$n; ';'; END %]};
{
    local $ENV{QUERY_STRING} = 'a=1&b=x+y%26z&a=2&a=3&%C3%BC=%E2%82%AC&empty=&none&l=%E9&&a-1=4&e=a=b';
    renders( 'U8 FORM from the query', $all, 'a=1;a-1=2;a-1-1=4;a-2=3;b=x y&z;e=a=b;empty=;l=é;none=;ü=€;' );
    local $ENV{REQUEST_METHOD} = 'POST';
    local $ENV{CONTENT_LENGTH} = 7;
    local $ENV{CONTENT_TYPE}   = 'application/x-www-form-urlencoded; charset=utf-8';
    local $ENV{QUERY_STRING}   = 'a=1';
    renders( 'U8 FORM from the query and the body', $all, 'a=1;a-1=2;b=3;', 'a=2&b=3&c=4' );
    local $ENV{CONTENT_LENGTH} = 70;
    my ( $status, $out, $error ) = page( $all, 'a=2' );
    is( "$status$out", '1', 'a form that is cut off' );
    like( $error, qr/the form ended after 3 of 70 bytes/, 'is an error' );
    local $ENV{CONTENT_TYPE} = 'multipart/form-data; boundary=x';
    renders( 'a body that is no such form is left alone', $all, 'a=1;', 'a=2' );
}

my %wrong = (
    'a parse error'            => [ "a\n[% IF %]", qr/page\.html\.tt line 2: unexpected/ ],
    'a file that is not there' => [ "a\n\n[% INCLUDE nosuch %]", qr/nosuch: not found at page\.html\.tt line 3/ ],
    'an error of the page'     => [ "\n[% THROW mine 'no' %]", qr/mine error - no at page\.html\.tt line 2/ ],
    'W3 a wrong reply'         => [ "a\n[% INCLUDE wrong.tt %]", qr/is of another call.* at wrong\.tt line 4\.\n\z/ ],
);
Run::write_page( $folder, 'wrong.tt', "\n\n\n[% execute('', 'x').data %]" );
{
    my $other = Host->start( sub { my ($session) = @_; $session->hello; return if $session->request =~ /shutdown/; $session->reply( Host::Session::core( 'N', 'n', 1 ) ); $session->request } );
    for my $name ( sort keys %wrong ) {
        my ( $status, $out, $error ) = page( $wrong{$name}[0] );
        is( "$status$out", '1', "$name: exit status 1 and no output" );
        like( $error, qr/\Aliveapi-tt: /, "$name: who says so" );
        like( $error, $wrong{$name}[1], "$name: what and where" );
    }
}
{
    local $ENV{CPANEL_CONNECT_SOCKET} = "$folder/none";
    my ( $status, $out, $error ) = page('static');
    is( "$status$out", '1', 'W1 no host at the socket: exit status 1 and no output' );
    like( $error, qr{cannot connect to the LiveAPI host at $folder/none .* page\.html\.tt line 1}, 'W1 and why' );
    local $ENV{CPANEL_CONNECT_SOCKET} = '';
    is_deeply( [ page('static') ], [ 0, 'static', '' ], 'a page that calls nothing needs no host' );
    local $ENV{LIVEAPI_BIN} = "$folder/none";
    like( ( page("\n[% execute('M','f') %]") )[2], qr/LIVEAPI_BIN names .* page\.html\.tt line 2/, 'W2 no host to start' );
    local $ENV{LIVEAPI_BIN} = "$FindBin::Bin/bin/liveapi";
    is_deeply( [ ( page("[% execute('M','f').status %]") )[ 0, 1 ] ], [ 0, '1' ], 'W2 a host is started' );
}
{
    my $quiet = Host->start( sub { $_[0]->serve } );
    page('static');
    like( $quiet->next_request, $_, 'U §10 a page that calls nothing has a session all the same' ) for qr/cpaneljson/, qr/shutdown/;
}
delete $ENV{CPANEL_CONNECT_SOCKET};
is( ( Run::run( $folder, '', Run::tt() ) )[0], 2, 'no page: exit status 2' );
like( ( Run::run( $folder, '', Run::tt(), "$folder/gone.tt" ) )[2], qr/gone\.tt: not found/, 'a page that is not there' );

done_testing;
