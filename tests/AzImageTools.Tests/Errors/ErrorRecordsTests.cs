using System.Management.Automation;
using AzImageTools.Disks;
using AzImageTools.Errors;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Guests.Gathered;
using AzImageTools.Services;

namespace AzImageTools.Tests.Errors;

public sealed class ErrorRecordsTests
{
    [Fact]
    public void Every_kind_of_error_has_a_category_of_its_own()
    {
        ErrorKind[] kinds = Enum.GetValues<ErrorKind>();
        Assert.Equal(kinds.Length, kinds.Select(ErrorRecords.CategoryOf).Distinct().Count());
        Assert.Throws<ArgumentOutOfRangeException>(() => ErrorRecords.CategoryOf((ErrorKind)999));
    }

    [Fact]
    public void Every_exception_type_of_the_layers_that_people_may_meet_tells_its_details()
    {
        IEnumerable<Type> silent = new[] { typeof(DiskException), typeof(EvidenceException), typeof(ImageServiceException) }
            .SelectMany(static type => type.Assembly.GetExportedTypes())
            .Where(static type => typeof(Exception).IsAssignableFrom(type) && !typeof(IErrorDetails).IsAssignableFrom(type));

        // It never leaves a rule: the rule's finding tells what it tells.
        Assert.Equal([typeof(EvidenceUnavailableException)], silent);
    }

    [Theory]
    [MemberData(nameof(Known))]
    public void Ids_categories_and_targets_are_those_that_scripts_go_by(Exception exception, string id, ErrorCategory category, object? target)
    {
        Assert.True(ErrorRecords.IsExpected(exception));
        ErrorRecord record = ErrorRecords.From(exception, "other");
        Assert.Equal((id, category, target ?? "other"), (record.FullyQualifiedErrorId, record.CategoryInfo.Category, record.TargetObject));
    }

    [Fact]
    public void A_remedy_is_the_recommended_action_and_stands_in_the_exceptions_message()
    {
        ErrorRecord record = ErrorRecords.From(new ImageServiceException("DiskAlreadyExists", ErrorKind.AlreadyExists, "It is there.", "Use another name.", "web01"));

        Assert.Equal("Use another name.", record.ErrorDetails.RecommendedAction);
        Assert.Equal("It is there. Use another name.", record.Exception.Message);

        // PowerShell from 7.5 on writes the recommended action below the message, as this one does.
        Assert.Equal("It is there.", record.ErrorDetails.Message);
    }

    [Fact]
    public void What_stands_behind_a_remedy_in_the_message_is_shown_too()
    {
        ToldInTheMiddle told = new("The step failed. Use another name. Nothing was created.", "Use another name.");

        Assert.Equal("The step failed. Nothing was created.", ErrorRecords.From(told).ErrorDetails.Message);
    }

    [Fact]
    public void An_error_without_a_remedy_of_its_own_gets_one_for_its_kind()
    {
        string[] remedies = [.. Enum.GetValues<ErrorKind>()
            .Select(static kind => ErrorRecords.From(new ImageServiceException("X", kind, "It failed.", string.Empty)))
            .Select(static record =>
            {
                Assert.Equal("It failed.", record.ErrorDetails.Message);
                return record.ErrorDetails.RecommendedAction;
            })];

        Assert.All(remedies, static remedy => Assert.EndsWith(".", remedy, StringComparison.Ordinal));
        Assert.Equal(remedies.Length, remedies.Distinct(StringComparer.Ordinal).Count());
        Assert.NotEmpty(ErrorRecords.From(new FileNotFoundException("It is not there.")).ErrorDetails.RecommendedAction);
        Assert.NotEmpty(ErrorRecords.From(new InvalidOperationException("Ours.")).ErrorDetails.RecommendedAction);
    }

    public static TheoryData<Exception, string, ErrorCategory, object?> Known() => new()
    {
        { new DiskFormatException("disk.vhd", 512, "It is damaged."), "DiskFormatInvalid", ErrorCategory.InvalidData, "disk.vhd" },
        { new ReadLimitException("It takes too much."), "ReadLimitReached", ErrorCategory.LimitsExceeded, null },
        { new DiskException("NotAFile", ErrorKind.InvalidArgument, "It is none.", "Give another.", "env:"), "NotAFile", ErrorCategory.InvalidArgument, "env:" },
        { new ImageServiceException("DiskAlreadyExists", ErrorKind.AlreadyExists, "It is there.", "Use -Force.", "web01"), "DiskAlreadyExists", ErrorCategory.ResourceExists, "web01" },
        { new EvidenceException("It is none."), "EvidenceDamaged", ErrorCategory.InvalidData, null },
        { new FileNotFoundException("It is not there.", "x.vhd"), "FileNotFound", ErrorCategory.ObjectNotFound, null },
        { new UnauthorizedAccessException("No."), "FileAccessDenied", ErrorCategory.PermissionDenied, null },
    };

    private sealed class ToldInTheMiddle(string message, string remedy) : Exception(message), IErrorDetails
    {
        public string ErrorId => "Failed";

        public ErrorKind Kind => ErrorKind.InvalidState;

        public object? Target => null;

        public string Remedy => remedy;
    }
}
