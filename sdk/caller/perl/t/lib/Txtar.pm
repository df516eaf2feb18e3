package Txtar;

# Reads the golden conversations: a comment, then files, each after a line "-- NAME --".

use strict;
use warnings FATAL => 'all';

# Returns the comment and a hash of the files' bytes.
sub read_file {
    my ($path) = @_;
    open my $handle, '<:raw', $path or die "$path: $!\n";
    my ( $comment, $name, %file ) = ('');
    while ( my $line = <$handle> ) {
        if ( $line =~ /\A-- (.+) --\r?\n?\z/ ) { $name = $1; $file{$name} = ''; next }
        if   ( defined $name ) { $file{$name} .= $line }
        else                   { $comment     .= $line }
    }
    return ( $comment, \%file );
}

# Returns the steps in order: hashes with those of the members call, request, reply, returns that the step has.
sub steps {
    my ($file) = @_;
    my %step;
    for my $name ( keys %$file ) {
        $name =~ /\A(\d+)\.(call|request|reply|returns)\z/ or die "a conversation has no file $name\n";
        $step{$1}{$2} = $file->{$name};
        $step{$1}{number} = $1;
    }
    for my $step ( values %step ) {
        $step->{request} =~ s/\n\z// if exists $step->{request};
    }
    return map { $step{$_} } sort { $a <=> $b } keys %step;
}

1;
