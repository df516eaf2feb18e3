package LiveAPI::Template::Api2;

# [% USE Api2 %] [% FOREACH d IN Api2.exec('Park', 'listparkeddomains', { regex => 'x' }) %]

use strict;
use warnings;

sub new { my ( $class, $session ) = @_; return bless { session => $session, error => '' }, $class }

# The error of the last call; '' after a success.
sub error { my ($self) = @_; return $self->{error} }

# Returns the data of API 2; an empty list when there are no data.
sub exec {
    my ( $self, $module, $function, $args ) = @_;
    my $reply = $self->{session}->api2( $module, $function, $args )->{cpanelresult};
    $self->{error} = Cpanel::LiveAPI::_errors($reply) // '';
    return $reply->{data} // [];
}

1;
