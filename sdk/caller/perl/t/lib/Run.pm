package Run;

# Runs a page in its own process, like the host's page runner.

use strict;
use warnings FATAL => 'all';
use Cwd        ();
use File::Temp ();

my $perl = Cwd::abs_path( __FILE__ =~ s{[^/]*\z}{../..}r );

sub library { return "$perl/lib" }
sub tt      { return ( $^X, '-w', '-I', "$perl/lib", "$perl/bin/liveapi-tt" ) }
sub page    { return ( $^X, '-I', "$perl/lib", '-MLiveAPI::Page', @_ ) }

# Returns the exit status, standard output and standard error of a command, run in a folder with
# the given text as its standard input.
sub run {
    my ( $folder, $input, @command ) = @_;
    my @file = map { File::Temp->new } 0 .. 2;
    syswrite $file[0], $input;
    my $child = fork // die "fork: $!";
    if ( !$child ) {
        chdir $folder or die "$folder: $!";
        open STDIN,  '<', $file[0]->filename or die $!;
        open STDOUT, '>', $file[1]->filename or die $!;
        open STDERR, '>', $file[2]->filename or die $!;
        exec { $command[0] } @command or kill 'KILL', $$;
    }
    waitpid $child, 0;
    my $status = $? & 127 ? "signal " . ( $? & 127 ) : $? >> 8;
    return ( $status, map { text( $_->filename ) } @file[ 1, 2 ] );
}

# Returns the characters of a UTF-8 file.
sub text {
    my ($path) = @_;
    open my $handle, '<:encoding(UTF-8)', $path or die "$path: $!";
    local $/;
    return readline($handle) // '';
}

# Writes a page into a folder and returns its path.
sub write_page {
    my ( $folder, $name, $text ) = @_;
    open my $handle, '>:encoding(UTF-8)', "$folder/$name" or die "$name: $!";
    print {$handle} $text;
    close $handle or die "$name: $!";
    return "$folder/$name";
}

1;
