using AzImageTools.TestKit;
using Mono.Cecil;
using Mono.Cecil.Cil;

namespace AzImageTools.Tests.Architecture;

public sealed class ErrorRecordTests
{
    [Fact]
    public void Every_error_record_is_made_in_one_place()
    {
        using ModuleDefinition module = ModuleDefinition.ReadModule(Path.Combine(RepositoryPaths.Module, "bin", "net8.0", "AzImageTools.dll"));
        string[] makers = [.. module.GetTypes()
            .Where(type => type.Methods.Any(method => method.HasBody && method.Body.Instructions.Any(MakesErrorRecord)))
            .Select(type => type.FullName)];

        Assert.Equal(["AzImageTools.Errors.ErrorRecords"], makers);
    }

    private static bool MakesErrorRecord(Instruction instruction)
        => instruction.OpCode == OpCodes.Newobj && instruction.Operand is MethodReference { DeclaringType.FullName: "System.Management.Automation.ErrorRecord" };
}
