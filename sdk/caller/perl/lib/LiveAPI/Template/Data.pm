package LiveAPI::Template::Data;

# CPANEL.CPDATA: a hash. A value is fetched from the host when a page first reads it.

use strict;
use warnings;

sub TIEHASH { my ( $class, $session ) = @_; return bless { session => $session, value => {} }, $class }

sub FETCH {
    my ( $self, $name ) = @_;
    return if $name !~ /\A\w{1,64}\z/;    # not the name of a variable
    if ( !exists $self->{value}{$name} ) {
        my $session = $self->{session}->();
        $session->fetch("\$CPDATA{'$name'}");
        $self->{value}{$name} = $session->get_result // '';
    }
    return $self->{value}{$name};
}

sub EXISTS { my ( $self, $name ) = @_; return $name =~ /\A\w{1,64}\z/ ? 1 : 0 }
sub STORE  { my ( $self, $name, $value ) = @_; $self->{value}{$name} = $value; return }
sub DELETE { my ( $self, $name ) = @_; return delete $self->{value}{$name} }
sub CLEAR  { my ($self) = @_; $self->{value} = {}; return }

# Only names that were read before are listed: the host has no list of names.
sub FIRSTKEY { my ($self) = @_; keys %{ $self->{value} }; return each %{ $self->{value} } }
sub NEXTKEY { my ($self) = @_; return each %{ $self->{value} } }

1;
