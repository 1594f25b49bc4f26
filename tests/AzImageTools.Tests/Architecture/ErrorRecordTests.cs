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

    /// <summary>The last parameters of the exceptions' constructors are the target and, of some, the cause: null by default.</summary>
    [Theory]
    [InlineData("AzImageTools")]
    [InlineData("AzImageTools.Services")]
    [InlineData("AzImageTools.Readiness")]
    public void Every_error_names_the_object_concerned(string assembly)
    {
        using ModuleDefinition module = ModuleDefinition.ReadModule(Path.Combine(RepositoryPaths.Module, "bin", "net8.0", assembly + ".dll"));
        MethodDefinition[] methods = [.. module.GetTypes().SelectMany(type => type.Methods).Where(method => method.HasBody)];
        Instruction[] made = [.. methods.SelectMany(method => method.Body.Instructions).Where(MakesTypedError)];
        string[] without = [.. methods
            .Where(method => method.Body.Instructions.Any(instruction => MakesTypedError(instruction) && TargetOf(instruction).OpCode == OpCodes.Ldnull))
            .Select(method => method.FullName)];

        Assert.NotEmpty(made);
        Assert.Empty(without);
    }

    private static bool MakesTypedError(Instruction instruction)
        => instruction.OpCode == OpCodes.Newobj && instruction.Operand is MethodReference { DeclaringType.Name: "ImageServiceException" or "DiskException", Parameters: { Count: > 4 } parameters }
            && parameters[1].ParameterType.Name == "ErrorKind";

    /// <summary>What puts the target on the stack: before the cause, where there is one, which is a variable or null.</summary>
    private static Instruction TargetOf(Instruction made)
        => ((MethodReference)made.Operand).Parameters.Count > 5 ? made.Previous.Previous : made.Previous;

    private static bool MakesErrorRecord(Instruction instruction)
        => instruction.OpCode == OpCodes.Newobj && instruction.Operand is MethodReference { DeclaringType.FullName: "System.Management.Automation.ErrorRecord" };
}
